//! A surface for the one client at a pair of streams, such as standard input and output. Its key is checked at every request.

use std::pin::Pin;
use std::sync::Arc;

use outrider_engine::Error;
use outrider_engine::pipeline::Credential;
use tokio::io::{AsyncRead, AsyncWrite};

use super::caller::Caller;
use super::protocol::{self, Door, DoorKeeper};
use super::session::Session;
use super::surface::McpSurface;
use super::toolsets::Selection;
use crate::state::AppState;
use crate::surface::Style;

/// How the one client came in.
pub struct Stdio {
    state: AppState,
    credential: Credential,
    selection: Selection,
    session: Arc<Session>,
    style: &'static dyn Style,
}

impl Stdio {
    /// A client with this key, who asks for these toolsets (names with commas between them; empty for the default).
    ///
    /// # Errors
    /// The key's own errors; `validation_error` at `toolsets`.
    pub async fn new(state: AppState, surface: &McpSurface, secret: String, toolsets: &str) -> Result<Self, Error> {
        let credential = Credential::Key { secret, dialect: surface.dialect };
        state.pipeline.authenticate(credential.clone()).await?;
        let selection = match toolsets {
            "" => Selection::default(),
            names => Selection::parse(names, surface.toolsets()).map_err(|name| {
                let known = surface.toolsets().join(", ");
                Error::invalid("toolsets", format!("There is no toolset {name:?}. There are: default, all, {known}."))
            })?,
        };
        Ok(Self { state, credential, selection, session: Session::alone(), style: surface.style })
    }

    async fn check(&self) -> Result<Door, Error> {
        let pipeline = &self.state.pipeline;
        let now = pipeline.core().now();
        if let Some(caller) = self.credential.caller() {
            pipeline.count(&self.style.limit(pipeline), &caller).await?.check(now)?;
        }
        let principal = pipeline.authenticate(self.credential.clone()).await?;
        let caller = Caller {
            credential: Credential::Known(principal.clone()),
            counted: Caller::counted(&self.credential, &principal),
            principal,
            request_id: format!("mcp_{:016x}", pipeline.core().ids.next(now)),
            selection: self.selection.clone(),
            session: Some(Arc::clone(&self.session)),
        };
        Ok(Door { state: self.state.clone(), caller })
    }
}

impl DoorKeeper for Stdio {
    fn open(&self) -> Pin<Box<dyn Future<Output = Result<Door, Error>> + Send + '_>> {
        Box::pin(self.check())
    }
}

/// Serves the client until it hangs up.
///
/// # Errors
/// What made it end otherwise, in words.
pub async fn serve_streams<R, W>(surface: McpSurface, client: Stdio, reader: R, writer: W) -> Result<(), String>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    protocol::serve_streams(Arc::new(surface), Arc::new(client), reader, writer).await
}
