//! The accounts of the organisation and the roles that the person who signs in may use in them.

use serde::Deserialize;

use crate::refusal::Refusal;

/// An account of the organisation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The account's id, 12 digits.
    pub id: String,
    /// The account's name; the portal leaves it out of its answer when empty.
    #[serde(default)]
    pub name: String,
    /// The address of the account's owner; the portal leaves it out of its answer when empty.
    #[serde(default)]
    pub email: String,
    /// The names of the roles assigned to the person.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// The organisation behind the start URL.
#[derive(Clone, Debug)]
pub struct Organization {
    /// The name of the person who signs in: the session name in the ARN of role credentials.
    pub username: String,
    /// The one start URL that works, or `None` to accept any.
    pub start_url: Option<String>,
    /// Where a company's own address leads, if it leads anywhere.
    pub portal: Option<String>,
    /// The accounts, in the order in which the portal lists them.
    pub accounts: Vec<Account>,
    /// The most a page of a list holds, whatever the caller asks for. Default 100, as AWS.
    pub page_size: usize,
}

impl Organization {
    /// Returns an organisation without accounts.
    pub fn empty() -> Self {
        Self {
            username: "alice".to_owned(),
            start_url: None,
            portal: None,
            accounts: Vec::new(),
            page_size: 100,
        }
    }

    /// Adds an account, with an address made of its name.
    pub fn add(&mut self, id: &str, name: &str, roles: &[&str]) -> &mut Self {
        self.accounts.push(Account {
            id: id.to_owned(),
            name: name.to_owned(),
            email: format!("aws+{name}@acme.example"),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
        });
        self
    }

    /// Adds `count` accounts named `acme-0001` and so on, each with `roles`.
    pub fn add_many(&mut self, count: u32, roles: &[&str]) -> &mut Self {
        for number in 1..=count {
            self.add(
                &format!("{:012}", 900_000_000_000 + u64::from(number)),
                &format!("acme-{number:04}"),
                roles,
            );
        }
        self
    }

    /// Puts an account in the place of the one with its id, or at the end of the list.
    pub fn set(&mut self, account: Account) {
        match self.accounts.iter_mut().find(|known| known.id == account.id) {
            Some(known) => *known = account,
            None => self.accounts.push(account),
        }
    }

    /// Returns the account with this id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// Refuses a start URL of another organisation; a slash at its end does not count.
    pub(crate) fn check_start_url(&self, url: &str) -> Result<(), Refusal> {
        let known = self
            .start_url
            .as_deref()
            .is_none_or(|own| own.trim_end_matches('/') == url.trim_end_matches('/'));
        known
            .then_some(())
            .ok_or_else(|| Refusal::new(400, "InvalidRequestException", "Invalid start url provided"))
    }

    /// Takes the role away from the person, in every account.
    pub fn unassign(&mut self, role: &str) {
        for account in &mut self.accounts {
            account.roles.retain(|name| name != role);
        }
    }
}

impl Default for Organization {
    /// Returns three accounts: `acme-dev` (111122223333), `acme-prod` (444455556666) and `acme-shared`
    /// (777788889999).
    fn default() -> Self {
        let mut organization = Self::empty();
        organization
            .add("111122223333", "acme-dev", &["Developer", "ReadOnly", "AdministratorAccess"])
            .add("444455556666", "acme-prod", &["ReadOnly", "Deploy"])
            .add("777788889999", "acme-shared", &["ReadOnly"]);
        organization
    }
}
