//! Names for many profiles at once, all of them different. No input or output.

use std::collections::HashMap;

use crate::configure::assignment::Assignment;
use crate::configure::template::{Template, safe};

/// How profiles are named.
#[derive(Clone, Debug)]
pub struct Naming {
    /// The template.
    pub template: Template,
    /// The template for an account in which the person has only one role.
    pub short: Option<Template>,
}

impl Naming {
    /// Returns a name for each assignment. If two would have the same name, the account's id is appended to
    /// both, so that the shorter name does not depend on their order; if that is not enough, the role, and at
    /// last a number. The same happens to a name that `is_taken`, and to `default`, which tools use if no
    /// profile is named.
    pub fn names(
        &self,
        assignments: &[Assignment],
        is_taken: impl Fn(&str, &Assignment) -> bool,
    ) -> Vec<String> {
        let mut names: Vec<String> = assignments.iter().map(|one| self.name(one)).collect();
        for attempt in 0..2 {
            let times = times(&names);
            for (name, one) in names.iter_mut().zip(assignments) {
                if times[name.as_str()] == 1 && name != "default" && !is_taken(name, one) {
                    continue;
                }
                let more = if attempt == 0 { one.account.id.clone() } else { safe(&one.role) };
                name.push_str(&format!("-{more}"));
            }
        }
        number(&mut names, |name, index| is_taken(name, &assignments[index]));
        names
    }

    /// Returns the name of one assignment, whatever the others are.
    pub fn name(&self, assignment: &Assignment) -> String {
        let short = self.short.as_ref().filter(|_| assignment.is_only);
        short.unwrap_or(&self.template).fill(assignment)
    }
}

fn times(names: &[String]) -> HashMap<String, usize> {
    let mut times = HashMap::new();
    for name in names {
        *times.entry(name.clone()).or_default() += 1;
    }
    times
}

fn number(names: &mut [String], is_taken: impl Fn(&str, usize) -> bool) {
    let mut seen = times(names);
    for index in 0..names.len() {
        let base = names[index].clone();
        let mut count = 1;
        while seen[&names[index]] > 1 || is_taken(&names[index], index) {
            count += 1;
            let candidate = format!("{base}-{count}");
            if !seen.contains_key(&candidate) {
                seen.entry(names[index].clone()).and_modify(|times| *times -= 1);
                seen.insert(candidate.clone(), 1);
                names[index] = candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configure::assignment::tests::assignment;

    fn names(template: &str, assignments: &[(&str, &str, &str)], taken: &[&str]) -> Vec<String> {
        let assignments: Vec<_> =
            assignments.iter().map(|(id, name, role)| assignment(id, name, role)).collect();
        let naming = Naming { template: template.parse().unwrap(), short: None };
        naming.names(&assignments, |name, _| taken.contains(&name))
    }

    #[test]
    fn names_that_collide_tell_their_accounts() {
        let default = "{account_name}-{role}";
        let two = [("000000000001", "prod", "A"), ("000000000002", "prod", "A"), ("000000000003", "x", "A")];
        assert_eq!(names(default, &two, &[]), ["prod-A-000000000001", "prod-A-000000000002", "x-A"]);
        let one = [("000000000001", "dev", "A"), ("000000000001", "dev", "B")];
        assert_eq!(names("{account_name}", &one, &[]), ["dev-000000000001-A", "dev-000000000001-B"]);
        let alike = [("000000000001", "dev", "a=b"), ("000000000001", "dev", "a,b")];
        let expected = ["dev-a-b-000000000001-a-b-2", "dev-a-b-000000000001-a-b"];
        assert_eq!(names(default, &alike, &[]), expected);
        assert_eq!(names(default, &two[2..], &["x-A"]), ["x-A-000000000003"]);
        let taken = ["x-A", "x-A-000000000003", "x-A-000000000003-A"];
        assert_eq!(names(default, &two[2..], &taken), ["x-A-000000000003-A-2"]);
        assert_eq!(
            names("{account_name}", &[("000000000001", "default", "A")], &[]),
            ["default-000000000001"]
        );
    }

    #[test]
    fn an_account_with_one_role_may_have_a_short_name() {
        let naming = Naming {
            template: "{account_name}-{role}".parse().unwrap(),
            short: Some("{account_name}".parse().unwrap()),
        };
        let mut two = assignment("000000000001", "dev", "A");
        assert_eq!(naming.name(&two), "dev");
        two.is_only = false;
        assert_eq!(naming.name(&two), "dev-A");
    }
}
