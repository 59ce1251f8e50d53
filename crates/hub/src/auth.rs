//! Who is asking, and proof of who answers.
//!
//! A terminal signs each request with its own key, over the body as it is before compression, and
//! the hub signs each answer that carries a nonce the same way. A request heard on the line and
//! sent again does no harm: pushes are idempotent and everything else only reads, so nonces are not
//! remembered.

use crate::HubState;
use crate::keys::signed_by;
use crate::trouble::Trouble;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::hub::Device;
use ledger::id::TerminalId;
use ledger::sync::wire::{HEADER_NONCE, HEADER_SIGNATURE, HEADER_TERMINAL, signed_answer, signed_request};
use std::sync::Arc;

/// Longest nonce, in characters: it stands in what the hub signs.
const NONCE_CHARS_MAX: usize = 128;

/// Marks an answer whose body the hub need not sign, because its name is its hash.
#[derive(Clone, Copy)]
pub struct NamedByHash;

/// Lets a request pass only with an enrolled terminal's signature; the handler finds the
/// [`Device`] among the request's extensions.
pub async fn terminals_only(State(hub): State<Arc<HubState>>, request: Request, next: Next) -> Response {
    match verify(&hub, request).await {
        Ok(request) => next.run(request).await,
        Err(trouble) => trouble.into_response(),
    }
}

/// Lets a request pass only with the back office's token.
pub async fn admin_only(State(hub): State<Arc<HubState>>, request: Request, next: Next) -> Response {
    if is_admin(&hub, request.headers()) { next.run(request).await } else { Trouble::not_admin().into_response() }
}

/// Lets either pass.
pub async fn anyone_known(state: State<Arc<HubState>>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(HEADER_TERMINAL) { terminals_only(state, request, next).await } else { admin_only(state, request, next).await }
}

/// Signs whatever is answered, good or bad, to a request with a nonce.
pub async fn sign_answers(State(hub): State<Arc<HubState>>, request: Request, next: Next) -> Response {
    let nonce = text(request.headers(), HEADER_NONCE).filter(|nonce| nonce.len() <= NONCE_CHARS_MAX).map(str::to_owned);
    let response = next.run(request).await;
    let Some(nonce) = nonce.filter(|_| response.extensions().get::<NamedByHash>().is_none()) else { return response };
    let (mut parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Trouble::internal(&error).into_response(),
    };
    let signature = hub.key.sign(&signed_answer(&nonce, parts.status.as_u16(), &body));
    parts.headers.insert(HEADER_SIGNATURE, HeaderValue::try_from(signature).expect("base64 is a header value"));
    Response::from_parts(parts, Body::from(body))
}

/// Reads the whole body, bounded.
pub async fn body(hub: &HubState, body: Body) -> Result<Bytes, Trouble> {
    let bytes_max = hub.limits.request_bytes_max;
    to_bytes(body, bytes_max).await.map_err(|error| {
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            if inner.to_string().contains("length limit") {
                return Trouble::too_large(bytes_max);
            }
            cause = inner.source();
        }
        Trouble::malformed(format!("its body broke off or is not packed as it says ({error})"))
    })
}

async fn verify(hub: &HubState, request: Request) -> Result<Request, Trouble> {
    let (mut parts, body) = request.into_parts();
    let field = |name| text(&parts.headers, name).map(str::to_owned);
    let terminal = TerminalId::new(field(HEADER_TERMINAL).ok_or_else(Trouble::not_enrolled)?);
    let device = hub.readers.read(move |reader| reader.device(&terminal)).await?;
    let device: Device = device.filter(|device| !device.revoked).ok_or_else(Trouble::not_enrolled)?;
    let (Some(nonce), Some(signature)) = (field(HEADER_NONCE), field(HEADER_SIGNATURE)) else { return Err(Trouble::bad_signature()) };
    let body = self::body(hub, body).await?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if !signed_by(&device.key, &signed_request(parts.method.as_str(), path, &nonce, &body), &signature) {
        return Err(Trouble::bad_signature());
    }
    parts.extensions.insert(device);
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn is_admin(hub: &HubState, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    bearer.is_some_and(|token| hub.admin.is(token.trim()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
