//! What the emulator promises on the wire, asked over HTTP as a program would.

#[cfg(test)]
mod authorization_code;
#[cfg(test)]
mod client;
#[cfg(test)]
mod console;
#[cfg(test)]
mod control;
#[cfg(test)]
mod device_code;
#[cfg(test)]
mod ecr;
#[cfg(test)]
mod fault;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod iam;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod signer;
#[cfg(test)]
mod sts;
