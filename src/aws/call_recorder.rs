//! Records the host that a call went to, and the headers of the answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::aws::call_error;
use crate::values::url;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// An interceptor for one call. Clones share the record, to be read after the call.
#[derive(Clone, Debug, Default)]
pub(super) struct CallRecorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    host: Option<String>,
    headers: BTreeMap<String, String>,
    page: Option<u16>,
}

impl CallRecorder {
    /// Returns the host that the last attempt went to, with its port if it is not the usual one.
    pub fn host(&self) -> Option<String> {
        self.seen().host.clone()
    }

    /// Returns the headers of the last answer, their names in lower case.
    pub fn headers(&self) -> BTreeMap<String, String> {
        self.seen().headers.clone()
    }

    /// Returns the status of the last answer if it was a web page: an official client that expects nothing in
    /// an answer takes one for a success.
    pub fn page(&self) -> Option<u16> {
        self.seen().page
    }

    fn seen(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for CallRecorder {
    fn name(&self) -> &'static str {
        "CallRecorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.seen().host = Some(url::authority(context.request().uri()).to_owned());
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let headers = response.headers().iter();
        let mut seen = self.seen();
        seen.headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        seen.page = call_error::is_page(response).then(|| response.status().as_u16());
        Ok(())
    }
}
