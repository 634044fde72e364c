//! What stands below the options in each help text: prose in lines that clap wraps, and examples of at most
//! 60 columns, which it leaves as they are.

/// `awsenv`.
pub const AWSENV: &str = "\
Get started:
  awsenv setup            hook, completions and profiles
  awsenv init acme-dev    choose the profile of a project";

/// `awsenv hook`.
pub const HOOK: &str = "\
Put one line into your shell's start-up file:
  ~/.bashrc
      eval \"$(awsenv hook bash)\"
  ~/.zshrc
      eval \"$(awsenv hook zsh)\"
  ~/.config/fish/config.fish
      awsenv hook fish | source
  ~/.config/elvish/rc.elv
      eval (awsenv hook elvish | slurp)
  ~/.tcshrc
      eval \"`awsenv hook tcsh`\"
  ~/.config/nushell/config.nu
      $env.config.hooks.pre_prompt ++= [(awsenv hook nu)]

In bash, awsenv sees a new directory only at the next prompt, so in `cd x && cmd` the command runs with the previous \
folder's environment, unless the hook is made with --cd. In nushell it does so too, in `cd x; cmd`.

To remove the hook from a running shell, with everything that it has loaded:
  eval \"$(awsenv hook bash --uninstall)\"";

/// `awsenv export`.
pub const EXPORT: &str = "\
The hook runs this. In a script, use `awsenv exec` instead.

SHELL is bash, zsh, fish, elvish, tcsh, nu, or one of:
  json             names to set; null for those to unset
  dotenv           for `docker compose --env-file`
  github-actions   for the later steps of a job, masked

Examples:
  eval \"$(awsenv export bash)\"
  awsenv export dotenv > /dev/shm/aws.env
  awsenv export github-actions >> \"$GITHUB_ENV\"";

/// `awsenv exec`.
pub const EXEC: &str = "\
The command replaces awsenv, so its exit code and signals are its own. Without --profile, this folder's .awsenv decides; an \
inherited AWS_PROFILE never does. In a terminal outside such a folder, awsenv shows a list of profiles to choose from.

With --serve, awsenv stays and gives the command an endpoint in place of keys: long runs get new credentials before the old \
ones expire. The command sees AWS files of its own, without the keys and profiles of yours. Needs temporary credentials: a \
role, SSO, or the like.

With --docker, the endpoint also listens on this machine's address on Docker's bridge, and awsenv prints the lines of a side-car \
for your compose file. The token protects it from other containers.

With --read-only, a role that is assumed gets the session policy ReadOnlyAccess. A permission set of IAM Identity Center is \
replaced by the first one of the setting `read_only` that you have in the same account. Everything else is refused. The \
command sees no other profile, and no login begins inside.

With --policy-arn and --policy, a role that is assumed gets these session policies: the command may do what the role allows and \
one of them allows too. Everything else is refused.

With --each, the command runs in every profile whose name fits a pattern, with one login for each session and one question for \
all guarded profiles. Standard input is empty, each line of output starts with the profile, and a table of exit codes goes to \
standard error. awsenv exits with 0 if every command did, otherwise with 1, and with 125 if no profile fits.

Exit codes of awsenv itself: 125 awsenv failed before the command started, 126 the command cannot be executed, 127 the \
command was not found, 130 cancelled.

Examples:
  awsenv exec -- aws s3 ls
  awsenv exec -p prod-admin -- terraform apply
  awsenv exec -p acme-dev --min-ttl 30m -- ./migrate.sh
  awsenv exec -p acme-dev --serve -- terraform apply
  awsenv exec -p acme-dev --serve --docker -- docker compose up
  awsenv exec -p prod-admin --read-only -- ./agent
  awsenv exec -p deploy --policy ./policy.json --session-name agent-7 -- ./agent
  awsenv exec --each 'acme-*' '!*prod*' -- aws sts get-caller-identity
  awsenv exec --account 111122223333 --role Audit -- ./check
  awsenv exec -p base --role-arn ARN -- aws s3 ls";

/// `awsenv relay`.
pub const RELAY: &str = "\
Runs in a side-car that shares the network of your container (`network_mode: service:app`). It listens on 127.0.0.1 there, on \
the port of the address, and passes connections on to that address alone. The AWS SDKs take credentials over plain http from \
127.0.0.1, and never from another machine. `awsenv exec --serve --docker` prints the lines for a compose file.

Examples:
  awsenv relay 172.17.0.1:40000
  awsenv relay \"$AWSENV_RELAY\"";

/// `awsenv allow`.
pub const ALLOW: &str = "\
The permission covers this content in this folder. If either changes, awsenv asks again.

Examples:
  awsenv allow
  awsenv allow ~/src/acme/api";

/// `awsenv init`.
pub const INIT: &str = "\
In a terminal, a list of profiles is shown if none is named.

Examples:
  awsenv init
  awsenv init acme-dev
  awsenv init acme-dev --region ap-northeast-1
  awsenv init acme-dev --team";

/// `awsenv setup`.
pub const SETUP: &str = "\
Shows the line for your shell's start-up file and adds it after a yes, installs completions, asks for the start URL, logs in, \
writes profiles as `awsenv configure sso` does, and ends with `awsenv doctor`. With --yes it writes profiles for every account \
and role.

--undo logs out of a session that setup wrote, and takes out what setup added and nobody has changed since. Every other byte of \
these files stays.

Examples:
  awsenv setup
  awsenv setup --yes --default-region eu-west-1 \\
      --start-url https://acme.awsapps.com/start \\
      --sso-region eu-west-1
  awsenv setup --undo";

/// `awsenv import`.
pub const IMPORT: &str = "\
FILE is a .envrc, .env or mise.toml, whose AWS_PROFILE and AWS_REGION become lines of the .awsenv beside it; or an AWS \
config file, whose profiles of aws-vault, granted and aws-sso-cli become plain ones in your own. What is taken and what is left \
is printed. Nothing is executed, no key is taken or shown, and the .awsenv is not allowed by this.

Examples:
  awsenv import .envrc
  awsenv import mise.toml --dry-run
  awsenv import ~/.aws/config --sso-session acme";

/// `awsenv edit`.
pub const EDIT: &str = "\
The editor is $VISUAL or $EDITOR with its options, else vi or nano. After a mistake you are asked whether to edit again. What you \
wrote stays, and is allowed if it can be read.

Examples:
  awsenv edit
  VISUAL='code --wait' awsenv edit ~/src/acme/api";

/// `awsenv deny`.
pub const DENY: &str = "The block lasts until the next `awsenv allow`, even if the file changes.";

/// `awsenv status`.
pub const STATUS: &str = "\
It uses no network and never logs in.

Exit codes: 0 ready, 1 error, 3 login needed, 4 blocked, 5 no .awsenv here, 6 ready, but this shell holds something else \
until its next prompt, 7 confirmation needed.

Examples:
  awsenv status
  awsenv status --quiet && awsenv exec -- terraform plan
  awsenv status --json | jq -r .account";

/// `awsenv profiles`.
pub const PROFILES: &str = "\
With words, only the profiles that contain all of them in their name, account or role.

Examples:
  awsenv profiles
  awsenv profiles prod 4444
  awsenv profiles --json | jq -r '.[].name'";

/// `awsenv accounts`.
pub const ACCOUNTS: &str = "\
Asks IAM Identity Center, and logs in first if needed. Without options, this folder's profile decides which session, or the \
only session in ~/.aws/config. With words, only the roles that contain all of them in their name or in the name or number of \
their account.

Examples:
  awsenv accounts
  awsenv accounts prod admin
  awsenv accounts --json | jq -r '.[].account'";

/// `awsenv config`.
pub const CONFIG: &str = "\
A value is checked before it is written. Comments and the other lines of the file are kept.

Examples:
  awsenv config list --origin
  awsenv config get login
  awsenv config set confirm '*prod*'
  awsenv config unset confirm
  awsenv config edit";

/// `awsenv prompt`.
pub const PROMPT: &str = "\
Prints nothing where nothing is loaded. It reads no file, so a prompt can afford it. The fields of TEXT are {profile}, \
{account}, {role}, {region}, {left} (the time until the credentials expire), {term} (the time left of `awsenv use --for`) \
and {guarded} (that word, where the setting `confirm` matches). Text in [brackets] is left out where a field in it is empty.

Examples:
  awsenv prompt
  awsenv prompt --format '{account}[/{role}][ {left}]'";

/// `awsenv login`.
pub const LOGIN: &str = "\
Does nothing while the login is valid. If a login can be refreshed without a browser, awsenv refreshes it. Otherwise a \
browser opens, or, over SSH and in containers, a code is shown that can be entered on any device. The login is shared with \
the AWS CLI. Without arguments, this folder's profile decides, or the only session in ~/.aws/config.

For a profile with login_session, awsenv logs in to the AWS console as `aws login` does. With --remote, or over SSH, the page \
in any browser shows a code, which you paste.

For a profile with mfa_serial, awsenv asks for the code of the device and opens a session of 12 hours for all profiles with \
the same keys and device.

Over SSH with `ssh -L 8400:127.0.0.1:8400`, `--port 8400` lets the browser of your own computer complete the login.

Examples:
  awsenv login
  awsenv login --sso-session acme --device-code
  awsenv login --all
  awsenv login --profile console --remote
  awsenv login --port 8400
  awsenv login --profile guarded
  awsenv login --force";

/// `awsenv logout`.
pub const LOGOUT: &str = "\
For a profile with login_session, the login is deleted as `aws logout` does, and the role credentials that came from it.

For a profile with mfa_serial, the session of the device is deleted, and the role credentials that came from it.

Examples:
  awsenv logout
  awsenv logout --sso-session acme
  awsenv logout --all";

/// `awsenv whoami`.
pub const WHOAMI: &str = "\
Examples:
  awsenv whoami
  awsenv whoami --profile prod-admin --json";

/// `awsenv console`.
pub const CONSOLE: &str = "\
An SSO profile opens a page of the access portal; its address holds no credential. The keys of other roles are exchanged for \
an address that signs in, which goes to the browser alone. Long-lived keys have no console.

Examples:
  awsenv console
  awsenv console s3 --profile acme-dev
  awsenv console logs --browser 'firefox -P work %s'
  awsenv console --account 111122223333 --role Audit --print";

/// `awsenv credential-process`.
pub const CREDENTIAL_PROCESS: &str = "\
For IDEs, agents and cron, in the form that the AWS SDKs expect from a `credential_process`. Write the full path of awsenv \
(`command -v awsenv` prints it), because such tools often have another PATH. In ~/.aws/config:

  [profile dev-for-tools]
  credential_process = /bin/awsenv credential-process -p dev";

/// `awsenv configure`.
pub const CONFIGURE: &str = "\
For access keys of an IAM user, run `awsenv keys add NAME`, which keeps them in the system's keyring.

Examples:
  awsenv configure sso
  awsenv configure role";

/// `awsenv configure role`.
pub const CONFIGURE_ROLE: &str = "\
Asks for everything that no option answers: the role, the profile whose credentials assume it, the MFA device, the region, \
the name. It assumes the role once, shows what it will write, and asks before it writes. Comments and the order of the file \
are kept. If the profile exists, it is changed.

Examples:
  awsenv configure role
  awsenv configure role --profile acme-prod \\
      --role-arn arn:aws:iam::444455556666:role/Deploy \\
      --source-profile base --default-region eu-west-1 \\
      --mfa-serial arn:aws:iam::999900001111:mfa/you

For the access keys of the source profile, run `awsenv keys add NAME`, which keeps them in the system's keyring.";

/// `awsenv configure sso`.
pub const CONFIGURE_SSO: &str = "\
Asks for everything that no option answers: the session, the accounts and roles, the region. It shows what it will write \
and asks before it writes. Comments and the order of the file are kept.

--all keeps the profiles between `# awsenv: begin SESSION` and `# awsenv: end SESSION` in step with Identity Center, and \
changes nothing outside them. A profile keeps the name that it was given first.

Examples:
  awsenv configure sso
  awsenv configure sso --all --prune --dry-run
  awsenv configure sso --sso-session acme --profile dev \\
      --account acme-dev --role Developer
  awsenv configure sso --all --sso-session acme \\
      --start-url https://acme.awsapps.com/start \\
      --sso-region eu-west-1 --default-region eu-west-1";

/// `awsenv configure docker`.
pub const CONFIGURE_DOCKER: &str = "\
Writes the registries into `credHelpers` of ~/.docker/config.json, below DOCKER_CONFIG if that is set, and leaves the rest of \
the file as it was. Docker then runs `docker-credential-awsenv`, a link to this program that is made beside it.

Examples:
  awsenv configure docker
  awsenv configure docker public.ecr.aws
  awsenv configure docker \\
      111122223333.dkr.ecr.eu-west-1.amazonaws.com";

/// `awsenv docker-credential`.
pub const DOCKER_CREDENTIAL: &str = "\
Docker runs this, under the name `docker-credential-awsenv`; `awsenv configure docker` sets it up. The registry's name says \
the account and the region. The keys are those of the profile in the setting `ecr.ACCOUNT`; else of the loaded profile, if \
it is of that account; else of the only profile of that account; else of the loaded profile. A profile that `confirm` guards \
is used only while it is loaded. A token is kept until it expires.

Example:
  echo public.ecr.aws | awsenv docker-credential get";

/// `awsenv keys`.
pub const KEYS: &str = "\
Access keys of an IAM user, kept in the Secret Service of your desktop (gnome-keyring, KWallet, KeePassXC) instead of \
~/.aws/credentials. The profile gets the line `credential_process = /path/to/awsenv keys get NAME`, so the AWS CLI and the SDKs \
go on working; awsenv itself reads the keyring. Keys are never taken from the command line.

`move` takes the lines out of the file only after AWS has said whose keys they are. `rotate` makes a new access key, tries it for \
up to 30 seconds, and deletes the old one; if it is interrupted, run it again and it goes on.

Only `unlock`, `add`, `move` and `rotate` let the keyring ask for its password. With a locked keyring everything else fails with one line, and \
nothing waits for a keyring for more than two seconds.

Examples:
  awsenv keys add base
  awsenv keys add base --stdin < pair
  awsenv keys move --all
  awsenv keys rotate base
  awsenv keys list
  awsenv keys remove base
  awsenv keys unlock";

/// `awsenv doctor`.
pub const DOCTOR: &str = "\
Checks this shell and its variables, the AWS files and this folder's .awsenv, and whether the services that your profiles \
need can be reached, without using credentials. Prints what is wrong, with its fix; --verbose lists the rest too. Exits with 1 \
if something does not work.";

/// `awsenv completions`.
pub const COMPLETIONS: &str = "\
Put this into your shell's start-up file; in zsh, after `compinit`:
  ~/.bashrc
      eval \"$(awsenv completions bash)\"
  ~/.zshrc
      eval \"$(awsenv completions zsh)\"
  ~/.config/fish/config.fish
      awsenv completions fish | source
  ~/.config/elvish/rc.elv
      eval (awsenv completions elvish | slurp)
  ~/.config/nushell/config.nu
      mkdir $nu.user-autoload-dirs.0
      awsenv completions nu
      | save -f $\"($nu.user-autoload-dirs.0)/awsenv.nu\"

Packages install them already. Names of profiles, sessions, accounts and roles come from your AWS files. After \
`awsenv exec --`, the command completes as it does by itself; in bash that needs bash-completion.";

/// `awsenv man`.
pub const MAN: &str = "\
`awsenv man 5` describes .awsenv and the settings file. Packages install the pages, so that `man awsenv-exec` works too. \
Without a `man` program the page is printed as text.

Examples:
  awsenv man
  awsenv man exec
  awsenv man configure sso > awsenv-configure-sso.1";

/// `awsenv use`.
pub const USE: &str = "\
It counts in this shell and in what it starts, and in no other. NAME is a profile, or words that are each part of the name, the \
account or the role of one profile alone; of several that fit you pick one. What runs already keeps its keys until AWS ends them.

Examples:
  awsenv use prod-admin --for 30m
  awsenv use acme prod
  awsenv use --account 111122223333 --role Developer
  awsenv use -          back to the one before
  awsenv use --clear    back to what the folder says";

/// `awsenv reload`.
pub const RELOAD: &str = "It needs a shell with the hook, and acts on that shell alone.";
