//! The HTTP connector: plain for an `http` endpoint, TLS (rustls on ring) for all others.

use std::time::Duration;

use anyhow::Result;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;

use crate::aws::proxy::Proxy;
use crate::aws::tls_roots;
use crate::system::context::Context;
use crate::values::endpoint::Endpoint;
use crate::values::url::is_plain;

/// Makes the connector for `endpoint`. Reads the certificates to trust only if it needs them: parsing the
/// system's takes some milliseconds.
pub(super) fn build(
    ctx: &Context,
    endpoint: &Endpoint,
    proxy: Option<&Proxy>,
    connect_timeout: Duration,
) -> Result<Connector> {
    let settings = HttpConnectorSettings::builder().connect_timeout(connect_timeout).build();
    let config = proxy.map_or_else(ProxyConfig::disabled, |proxy| proxy.config.clone());
    let builder = Connector::builder().connector_settings(settings).proxy_config(config);
    let plain = endpoint.url.as_deref().is_some_and(is_plain);
    if plain && !proxy.is_some_and(|proxy| proxy.uses_tls) {
        return Ok(builder.build_http());
    }
    let tls = tls_roots::context(ctx, endpoint.ca_bundle.as_deref())?;
    Ok(builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build())
}
