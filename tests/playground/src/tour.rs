//! The tour: what a newcomer would try, done in a real shell, printed, and checked.

use std::io::Write;

use anyhow::{Result, ensure};
use awsenv_emulator::{Effect, Emulator, Fault, Operation};

use crate::session::Session;

/// Plays the tour in a shell at its first prompt and prints it to `out`. Errors: a step that does not show
/// what it should.
pub fn play(session: Session, emulator: &Emulator, out: &mut impl Write) -> Result<()> {
    let mut tour = Tour { session, out };
    tour.enter()?;
    tour.move_on(emulator)?;
    tour.edit()?;
    tour.leave()?;
    let code = tour.session.exit();
    ensure!(code == 0, "the shell ended with {code}");
    writeln!(out, "\nEvery step of the tour showed what it should.")?;
    Ok(())
}

struct Tour<'a, W> {
    session: Session,
    out: &'a mut W,
}

impl<W: Write> Tour<'_, W> {
    fn enter(&mut self) -> Result<()> {
        self.say(
            "The AWS files of this home have four profiles. AWS itself is played by a server on 127.0.0.1.",
        )?;
        self.run("awsenv profiles", &["acme-dev", "acme-prod", "deploy", "sandbox"])?;
        self.say("A folder says in .awsenv which profile it is for. Whoever wrote the file, you decide.")?;
        self.run("export AWS_PROFILE=mine", &[])?;
        self.run(
            "cd src/acme/api",
            &["not allowed", "profile acme-dev, account 111122223333", "awsenv allow"],
        )?;
        self.say("Nobody is logged in, so a page opens in the browser; in this tour somebody clicks on it at once.")?;
        self.run("awsenv allow", &["allowed", "account 111122223333", "opening your browser", "left"])?;
        self.run("echo $AWS_PROFILE $AWS_REGION", &["acme-dev eu-west-1"])?;
        self.run("awsenv status", &["ready", "Developer", "credentials valid", "loaded      yes"])
    }

    fn move_on(&mut self, emulator: &Emulator) -> Result<()> {
        self.say("Another folder, another account: the first one is gone before the second is asked for.")?;
        self.run("cd ../infra", &["not allowed", "account 444455556666"])?;
        self.run("echo $AWS_PROFILE", &["mine"])?;
        self.say(
            "AWS does not answer now. After a second awsenv says so, and Ctrl-C brings the prompt back.",
        )?;
        emulator.with(|state| state.faults.add(Fault::new(Operation::GetRoleCredentials, Effect::Hang)));
        self.interrupt("awsenv allow", "waiting for AWS, Ctrl-C stops it", &["allowed"])?;
        emulator.with(|state| state.faults.clear());
        self.run("awsenv status", &["profile     acme-prod", "loaded      not in this shell"])?;
        self.say("AWS answers again.")?;
        self.run("awsenv reload", &["acme-prod, account 444455556666"])?;
        self.run("echo $AWS_PROFILE $AWS_REGION", &["acme-prod eu-central-1"])
    }

    fn edit(&mut self) -> Result<()> {
        self.say("Somebody changes the file: the old account is unloaded, and the new content needs your permission.")?;
        self.run("echo 'profile = sandbox' > .awsenv", &["not allowed", "profile sandbox"])?;
        self.run("echo $AWS_PROFILE", &["mine"])?;
        self.say("One command in another account, wherever you are. This role is assumed from acme-dev.")?;
        self.run(
            "awsenv exec --profile deploy -- sh -c 'echo $AWS_PROFILE in $AWS_REGION'",
            &["deploy in eu-central-1"],
        )?;
        self.run("echo $AWS_PROFILE", &["mine"])?;
        self.say("One command in every account that fits.")?;
        self.run(
            "awsenv exec --each 'acme-*' -- sh -c 'echo $AWS_REGION'",
            &["acme-dev  | eu-west-1", "acme-prod | eu-central-1", "PROFILE", "444455556666  0"],
        )?;
        self.say("An agent may read and no more, and finds no other profile.")?;
        self.run(
            "awsenv exec -p deploy --read-only -- sh -c 'echo $AWSENV_ROLE to read; awsenv profiles | grep -c sandbox'",
            &["Deploy to read", "\n0"],
        )?;
        self.say("The console as that role. Without --print it opens in the browser.")?;
        self.run(
            "awsenv console -p acme-dev s3 --print",
            &["https://acme.awsapps.com/start/#/console?account_id=111122223333&role_name=Developer"],
        )
    }

    fn leave(&mut self) -> Result<()> {
        self.say("Back to the first project, which is allowed, and home: everything is as it was before.")?;
        self.run("cd ../api", &["acme-dev, account 111122223333"])?;
        self.run("cd", &["left acme-dev"])?;
        self.run("echo $AWS_PROFILE $AWS_REGION", &["mine"])?;
        self.run("awsenv status", &["none"])?;
        self.say("Whether anything stands in the way, on this machine or another, says the doctor.")?;
        self.run("export AWS_PROFILE=sandbox; awsenv doctor", &["no problems found"])
    }

    fn say(&mut self, text: &str) -> Result<()> {
        Ok(writeln!(self.out, "\n# {text}")?)
    }

    fn run(&mut self, line: &str, expected: &[&str]) -> Result<()> {
        writeln!(self.out, "{}{line}", self.session.prompt())?;
        let text = self.session.run(line);
        self.show(&text)?;
        Self::expect(line, &text, expected)
    }

    fn interrupt(&mut self, line: &str, when: &str, expected: &[&str]) -> Result<()> {
        writeln!(self.out, "{}{line}", self.session.prompt())?;
        let text = self.session.interrupt(line, when);
        self.show(&text)?;
        Self::expect(line, &text, expected)
    }

    fn show(&mut self, text: &str) -> Result<()> {
        if !text.is_empty() {
            writeln!(self.out, "{text}")?;
        }
        Ok(self.out.flush()?)
    }

    /// Checks what a line printed; a line of which nothing is expected must be silent.
    fn expect(line: &str, text: &str, expected: &[&str]) -> Result<()> {
        for part in expected {
            ensure!(text.contains(part), "`{line}` should have shown `{part}`");
        }
        ensure!(!expected.is_empty() || text.is_empty(), "`{line}` should have shown nothing");
        Ok(())
    }
}
