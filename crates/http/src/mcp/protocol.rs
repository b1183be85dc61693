//! The Model Context Protocol as the crate `rmcp` speaks it, over our surfaces. The only file that names its types; holds no rule,
//! authenticates nobody and keeps no session: every HTTP request stands for itself here, whatever its era.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::http::Response;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult, ErrorCode,
    ErrorData, Implementation, ListResourcesResult, ListToolsResult, MetaObject, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource, ResourceContents,
    ServerCapabilities, ServerConfig, Tool as WireTool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use tokio::io::{AsyncRead, AsyncWrite};

use super::caller::Caller;
use super::lines::Lines;
use super::meta_tools::not_enabled;
use super::surface::{Document, DocumentBody, McpSurface, Shown};
use super::tool::{Answer, Content, Hints, Request};
use crate::state::AppState;

/// Methods there are, so that a malformed request of one is not taken for one of an unknown method.
const METHODS: [&str; 8] = [
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/read",
    "resources/templates/list",
];

/// A request's server parts and caller, as the front hands them through.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) state: AppState,
    pub(crate) caller: Caller,
}

/// Where the doors of one client's requests come from.
#[derive(Clone)]
pub(crate) enum Doors {
    /// Each HTTP request brings its own.
    Request,
    /// All requests come from one client, who is checked anew at each.
    Client(Arc<dyn DoorKeeper>),
}

/// Opens the door for the one client of a process.
pub(crate) trait DoorKeeper: Send + Sync {
    /// Checks the client's key.
    fn open(&self) -> std::pin::Pin<Box<dyn Future<Output = outrider_engine::Result<Door>> + Send + '_>>;
}

/// A surface over HTTP.
pub(crate) struct Protocol {
    service: StreamableHttpService<Handler, NeverSessionManager>,
}

impl Protocol {
    /// Of a surface. Host and Origin were checked before, and bodies read.
    pub(crate) fn new(surface: Arc<McpSurface>) -> Self {
        let handler = Handler { surface, doors: Doors::Request };
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(usize::MAX)
            .disable_allowed_hosts();
        let service = StreamableHttpService::new(move || Ok(handler.clone()), Arc::default(), config);
        Self { service }
    }

    /// Answers one request whose extensions have a [`Door`].
    pub(crate) async fn answer(&self, request: HttpRequest) -> Response<Body> {
        self.service.handle(request).await.map(Body::new)
    }
}

/// Serves one client on a pair of streams until it hangs up.
///
/// # Errors
/// What made it end otherwise, in words.
pub(crate) async fn serve_streams<R, W>(
    surface: Arc<McpSurface>,
    keeper: Arc<dyn DoorKeeper>,
    reader: R,
    writer: W,
) -> Result<(), String>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let handler = Handler { surface, doors: Doors::Client(keeper) };
    let (streams, speaking) = Lines::over(reader, writer).parts();
    let served = match rmcp::serve_server(handler, streams).await {
        Ok(server) => server.waiting().await.map(drop).map_err(|error| error.to_string()),
        // It left before it said anything: nothing to answer.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    speaking.end().await;
    served
}

#[derive(Clone)]
struct Handler {
    surface: Arc<McpSurface>,
    doors: Doors,
}

impl Handler {
    async fn door(&self, context: &RequestContext<RoleServer>) -> Result<Door, ErrorData> {
        match &self.doors {
            Doors::Request => context
                .extensions
                .get::<Parts>()
                .and_then(|parts| parts.extensions.get::<Door>())
                .cloned()
                .ok_or_else(|| ErrorData::internal_error("The request came without its caller.", None)),
            Doors::Client(keeper) => keeper.open().await.map_err(|error| {
                let data = super::next::body(&error, self.surface.style);
                ErrorData::new(ErrorCode::INVALID_REQUEST, error.message, Some(data))
            }),
        }
    }

    async fn call(&self, shown: &Shown, name: &str, arguments: super::tool::Object, door: &Door) -> Answer {
        let card = shown.tool.card();
        if !door.caller.has(card.toolset, shown.in_default) {
            return not_enabled(name, card.toolset, &self.surface.mount);
        }
        shown.tool.call(Request { state: &door.state, caller: &door.caller, arguments }).await
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let tools = ServerCapabilities::builder().enable_tools();
        let capabilities = match (self.surface.has_toolsets(), self.surface.documents.is_empty()) {
            (true, true) => tools.enable_tool_list_changed().build(),
            (true, false) => tools.enable_tool_list_changed().enable_resources().build(),
            (false, true) => tools.build(),
            (false, false) => tools.enable_resources().build(),
        };
        let mut server = Implementation::new(self.surface.dialect, env!("CARGO_PKG_VERSION"));
        server.title = Some(self.surface.title.to_owned());
        let mut config = ServerConfig::new(capabilities);
        config.server_info = server;
        config.instructions = Some(self.surface.instructions.to_owned()).filter(|text| !text.is_empty());
        config
    }

    fn get_tool(&self, name: &str) -> Option<WireTool> {
        let card = self.surface.find(name)?.tool.card();
        Some(WireTool::new(card.name, "", Arc::clone(&card.input)))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        first_page(request)?;
        let door = self.door(&context).await?;
        let wide = door.caller.spans_projects();
        let tools = self.surface.shown(&door.caller).map(|shown| wire_tool(shown, wide)).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(shown) = self.surface.find(&request.name) else {
            return Err(ErrorData::invalid_params(format!("There is no tool {:?}.", request.name), None));
        };
        let door = self.door(&context).await?;
        let before = door.caller.session.as_ref().map(|session| *session.changes().borrow());
        let arguments = request.arguments.unwrap_or_default();
        let answer = tokio::select! {
            answer = self.call(shown, &request.name, arguments, &door) => answer,
            () = context.ct.cancelled() => {
                return Err(ErrorData::internal_error("The client cancelled this call.", None));
            }
        };
        let after = door.caller.session.as_ref().map(|session| *session.changes().borrow());
        if before != after && matches!(self.doors, Doors::Client(_)) {
            // A client that does not listen has already gone.
            context.peer.notify_tool_list_changed().await.ok();
        }
        Ok(wire_answer(answer).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        first_page(request)?;
        self.door(&context).await?;
        Ok(ListResourcesResult::with_all_items(self.surface.documents.iter().map(wire_resource).collect()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let door = self.door(&context).await?;
        let Some(document) = self.surface.document(&request.uri) else {
            let data = serde_json::json!({ "uri": request.uri });
            return Err(ErrorData::resource_not_found("There is no such resource.", Some(data)));
        };
        Ok(ReadResourceResult::new(vec![wire_contents(document, &door.state)]).into())
    }

    async fn complete(
        &self,
        _: rmcp::model::CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::CompleteResult, ErrorData> {
        Err(unknown_method("completion/complete"))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ListPromptsResult, ErrorData> {
        Err(unknown_method("prompts/list"))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if METHODS.contains(&request.method.as_str()) {
            let message = format!("The params of {} are not as the protocol has them.", request.method);
            return Err(ErrorData::invalid_params(message, None));
        }
        Err(unknown_method(request.method))
    }
}

fn unknown_method(method: impl Into<Cow<'static, str>>) -> ErrorData {
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("There is no method {}.", method.into()), None)
}

/// Lists are short and come whole, so no cursor is ours.
fn first_page(request: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|params| params.cursor) {
        Some(_) => Err(ErrorData::invalid_params("This cursor was not made by this list.", None)),
        None => Ok(()),
    }
}

fn wire_tool(shown: &Shown, wide: bool) -> WireTool {
    let card = shown.tool.card();
    let input = if wide { &shown.wide_input } else { &card.input };
    let Hints { read_only, destructive, idempotent, open_world } = card.hints;
    let annotations =
        ToolAnnotations::from_raw(None, Some(read_only), Some(destructive), Some(idempotent), Some(open_world));
    let mut tool = WireTool::new(card.name, card.description.clone(), Arc::clone(input))
        .with_title(card.title.clone())
        .with_annotations(annotations);
    tool.output_schema.clone_from(&card.output);
    tool
}

fn wire_answer(answer: Answer) -> CallToolResult {
    let content = answer.content.into_iter().map(wire_content).collect();
    let mut result = if answer.failed { CallToolResult::error(content) } else { CallToolResult::success(content) };
    result.structured_content = answer.structured;
    result.meta = (!answer.meta.is_empty()).then(|| MetaObject::from(answer.meta));
    result
}

fn wire_content(content: Content) -> ContentBlock {
    match content {
        Content::Text(text) => ContentBlock::text(text),
        Content::Image { base64, media_type } => ContentBlock::image(base64, media_type),
        Content::Audio { base64, media_type } => ContentBlock::audio(base64, media_type),
        Content::Document { uri, media_type, text } => {
            ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(media_type))
        }
    }
}

fn wire_resource(document: &Document) -> Resource {
    Resource::new(document.uri.clone(), document.name.clone())
        .with_title(document.title.clone())
        .with_description(document.description.clone())
        .with_mime_type(document.media_type.clone())
}

fn wire_contents(document: &Document, state: &AppState) -> ResourceContents {
    let contents = match &document.body {
        DocumentBody::Text(make) => ResourceContents::text(make(state), document.uri.clone()),
        DocumentBody::Binary(bytes) => ResourceContents::blob(STANDARD.encode(bytes), document.uri.clone()),
    };
    contents.with_mime_type(document.media_type.clone())
}
