//! What is measured: what a shell does at a prompt, with each program, in one situation after the other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::common::world::World;
use crate::session::Language;
use crate::tool::Tool;

/// The name of a case's contestant that has no hook.
pub const FLOOR: &str = "/bin/true";

/// What one contestant does in one situation.
pub struct Case {
    /// Who: a [`Tool`], or [`FLOOR`].
    pub who: &'static str,
    /// Where the shell is at first.
    pub folder: PathBuf,
    /// What the shell does first.
    pub setup: String,
    /// What is measured.
    pub call: String,
    /// Into how many prompts a call is divided.
    pub prompts: u32,
    /// How often it is called at a time: as little as tells the call from the order to do it, so that at
    /// least some are over before another process gets the processor.
    pub times: u32,
}

/// A situation, and all who are measured in it.
pub struct Scene {
    /// The situation.
    pub name: &'static str,
    /// The contestants.
    pub cases: Vec<Case>,
}

/// The home directories that the scenes play in.
pub struct Worlds {
    /// Ten profiles.
    pub small: World,
    /// Ten thousand of them.
    pub large: World,
}

/// Makes the scenes of one shell.
pub struct Stage<'a> {
    /// The shell.
    pub language: &'a Language,
    /// The homes.
    pub worlds: &'a Worlds,
    /// awsenv.
    pub awsenv: &'a Path,
}

/// At a prompt at which nothing changed.
pub const LOADED: &str = "unchanged, in a project";
/// The same outside.
pub const OUTSIDE: &str = "unchanged, outside any";
/// Entering and leaving.
pub const MOVING: &str = "entering or leaving";
/// `awsenv use`, of a profile whose keys are in the cache, and back.
pub const USING: &str = "awsenv use, from the cache";
/// A shell's start.
pub const START: &str = "start of the shell: the hook";

impl Stage<'_> {
    /// Returns the scenes.
    pub fn scenes(&self) -> Result<Vec<Scene>> {
        let world = &self.worlds.small;
        let deep = (0..40).map(|level| format!("/{level}")).collect::<String>();
        let [outside, elsewhere] = ["outside", "elsewhere"].map(|name| world.at(name));
        let nowhere = world.at(&format!("outside{deep}"));
        for folder in [&outside, &elsewhere, &nowhere] {
            fs::create_dir_all(folder)?;
        }
        let moving = |program: &Path, world: &World, tool: Tool| -> Result<Case> {
            let project = tool.project(program, world)?;
            let outside = world.at("outside");
            fs::create_dir_all(&outside)?;
            Ok(self.walking(tool, program, [&project, &outside]))
        };
        let deeper = |program: &Path, tool: Tool| {
            let folder = PathBuf::from(format!("{}{deep}", tool.project(program, world)?.display()));
            fs::create_dir_all(&folder)?;
            Ok(self.idle(tool, program, folder))
        };
        let idle = |program: &Path, tool: Tool| Ok(self.idle(tool, program, tool.project(program, world)?));
        let mut scenes = vec![
            self.scene(LOADED, idle)?,
            self.scene(OUTSIDE, |program, tool| Ok(self.idle(tool, program, outside.clone())))?,
            self.scene(MOVING, |program, tool| moving(program, world, tool))?,
            self.scene("moving where there is no file", |program, tool| {
                Ok(self.walking(tool, program, [&elsewhere, &outside]))
            })?,
            Scene { name: USING, cases: vec![self.floor(), self.using(&outside)] },
            self.scene(START, |program, tool| Ok(self.starting(tool, program, &outside)))?,
            self.scene("unchanged, 40 levels below a project", deeper)?,
            self.scene("unchanged, 40 levels, outside any", |program, tool| {
                Ok(self.idle(tool, program, nowhere.clone()))
            })?,
        ];
        for (name, moves) in
            [("unchanged, 9 MB of variables", false), ("entering or leaving, 9 MB of variables", true)]
        {
            let mut scene =
                self.scene(
                    name,
                    |program, tool| {
                        if moves { moving(program, world, tool) } else { idle(program, tool) }
                    },
                )?;
            let fill = |case: &mut Case| case.setup = format!("{}\n{}", self.language.fill, case.setup);
            scene.cases.iter_mut().for_each(fill);
            scenes.push(scene);
        }
        let many = &self.worlds.large;
        let project = Tool::Awsenv.project(self.awsenv, many)?;
        let idle = self.idle(Tool::Awsenv, self.awsenv, project);
        scenes.push(Scene { name: "unchanged, 10,000 profiles", cases: vec![self.floor(), idle] });
        let moving = moving(self.awsenv, many, Tool::Awsenv)?;
        scenes
            .push(Scene { name: "entering or leaving, 10,000 profiles", cases: vec![self.floor(), moving] });
        Ok(scenes)
    }

    fn scene(&self, name: &'static str, case: impl Fn(&Path, Tool) -> Result<Case>) -> Result<Scene> {
        let tools = [Tool::Awsenv, Tool::Direnv, Tool::Mise];
        let installed = tools.into_iter().filter_map(|tool| Some((tool.program(self.awsenv)?, tool)));
        let mut cases = vec![self.floor()];
        for (program, tool) in installed {
            cases.push(case(&program, tool).with_context(|| format!("{name}: {}", tool.name()))?);
        }
        Ok(Scene { name, cases })
    }

    /// The least that a hook costs which starts a program each time.
    fn floor(&self) -> Case {
        let (folder, call) = (self.worlds.small.at("outside"), self.language.eval(FLOOR));
        Case { who: FLOOR, folder, setup: String::new(), call, prompts: 1, times: 4 }
    }

    fn idle(&self, tool: Tool, program: &Path, folder: PathBuf) -> Case {
        let call = tool.prompt(self.language).to_owned();
        let setup = format!("{}\n{call}\n{call}", self.language.eval(&tool.hook(program, self.language)));
        let times = if tool == Tool::Awsenv { 40 } else { 2 };
        Case { who: tool.name(), folder, setup, call, prompts: 1, times }
    }

    /// Goes to and fro: two prompts.
    fn walking(&self, tool: Tool, program: &Path, [there, here]: [&Path; 2]) -> Case {
        let idle = self.idle(tool, program, here.to_owned());
        let go = |folder: &Path| format!("cd {}; {}", folder.display(), idle.call);
        let call = format!("{}; {}", go(there), go(here));
        Case { setup: format!("{}\n{call}", idle.setup), call, prompts: 2, times: 2, ..idle }
    }

    /// Chooses a profile and goes back to the folder: two runs, each with the prompt that follows.
    fn using(&self, folder: &Path) -> Case {
        let idle = self.idle(Tool::Awsenv, self.awsenv, folder.to_owned());
        let call = format!("awsenv use sso; {0}; awsenv use --clear; {0}", idle.call);
        Case { setup: format!("{}\n{call}", idle.setup), call, prompts: 2, times: 2, ..idle }
    }

    fn starting(&self, tool: Tool, program: &Path, folder: &Path) -> Case {
        let call = self.language.eval(&tool.hook(program, self.language));
        let setup = String::new();
        Case { who: tool.name(), folder: folder.to_owned(), setup, call, prompts: 1, times: 2 }
    }
}
