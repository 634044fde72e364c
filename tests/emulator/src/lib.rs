//! IAM Identity Center and STS on 127.0.0.1, for awsenv's tests and playground.
//!
//! One [`Emulator`] answers for the OIDC service (device code, authorization code with PKCE, refresh), the
//! access portal, STS, access keys of IAM, console sign-in, `aws login` and the credentials of a machine, at
//! one URL. Point the AWS CLI, an SDK or awsenv at it with the variables that [`Emulator::environment`]
//! lists. It never speaks to AWS, listens on 127.0.0.1 alone, and its keys open nothing.
//!
//! What it knows and how it behaves is [`State`]: who may do what ([`Organization`], [`Identities`]), how
//! long things last ([`Lifetimes`], [`Clock`]), what the person at the browser does ([`Person`]), what goes
//! wrong ([`Faults`]), and what was asked ([`Log`]). A test changes it through [`Emulator::with`]:
//!
//! ```
//! use awsenv_emulator::{Emulator, Fault, Operation, Person};
//!
//! let emulator = Emulator::start();
//! emulator.with(|state| {
//!     state.person = Person::Approves;
//!     state.lifetimes.role_credentials = 900;
//!     let fault = Fault::error(Operation::GetRoleCredentials, 429, "TooManyRequestsException");
//!     state.faults.add(fault.times(2));
//! });
//! assert_eq!(emulator.count(Operation::GetRoleCredentials), 0);
//! ```

mod authorize;
mod body;
mod clock;
mod control;
mod device;
mod ecr;
mod emulator;
mod fault;
mod federation;
mod iam;
mod identities;
mod issuer;
mod lifetimes;
mod log;
mod machine;
mod operation;
mod organization;
mod page;
mod person;
mod portal;
mod refusal;
mod registration;
mod reply;
mod request;
mod router;
mod server;
mod session;
mod signature;
mod signin;
mod state;
mod sts;
mod token;

pub use clock::Clock;
pub use device::Devices;
pub use emulator::Emulator;
pub use fault::{Answer, Effect, End, Fault, Faults};
pub use identities::{Identities, Mfa, Role, User, UserKey};
pub use issuer::{AccessKey, Issuer};
pub use lifetimes::Lifetimes;
pub use log::{Entry, Log};
pub use machine::Machine;
pub use operation::Operation;
pub use organization::{Account, Organization};
pub use person::Person;
pub use session::{RefreshReply, Sessions};
pub use signin::Signins;
pub use state::State;
