//! A client of the tests' own, for both eras.

use serde_json::{Value, json};

use crate::fixture::{Answer, Server};

/// Where a client connects, with which key.
pub(crate) struct Client<'a> {
    server: &'a Server,
    path: String,
    key: String,
    session: Option<String>,
}

impl<'a> Client<'a> {
    /// Of the native endpoint, with the fixture's key.
    pub(crate) fn native(server: &'a Server) -> Self {
        Self::at(server, "/mcp", &server.key)
    }

    /// At a path with a key.
    pub(crate) fn at(server: &'a Server, path: &str, key: &str) -> Self {
        Self { server, path: path.to_owned(), key: key.to_owned(), session: None }
    }

    /// Begins a session of the era that has them.
    pub(crate) async fn initialized(mut self) -> Self {
        let answer = self.initialize().await;
        assert!(answer.json()["result"]["serverInfo"]["name"].is_string(), "{}", answer.text());
        self.session = answer.header("mcp-session-id").map(ToOwned::to_owned);
        let said = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.post(&said, &[]).await.assert_status(202);
        self
    }

    /// The first request of that era.
    pub(crate) async fn initialize(&self) -> Answer {
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
        self.post(&request(1, "initialize", params), &[]).await
    }

    /// The id of its session.
    pub(crate) fn session(&self) -> &str {
        self.session.as_deref().expect("a session")
    }

    /// A client with another key that uses the same session.
    pub(crate) fn stolen_by(&self, key: &str) -> Self {
        Self { server: self.server, path: self.path.clone(), key: key.to_owned(), session: self.session.clone() }
    }

    /// Any message with these headers more.
    pub(crate) async fn post(&self, message: &Value, headers: &[(&str, &str)]) -> Answer {
        self.send("POST", message.to_string().as_bytes(), headers).await
    }

    /// Any request.
    pub(crate) async fn send(&self, method: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = Vec::new();
        let plain = [
            ("Host", "localhost"),
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let given = |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        all.extend(plain.into_iter().filter(|(name, _)| !given(name)));
        if let Some(session) = &self.session {
            all.extend([("Mcp-Session-Id", session.as_str()), ("Mcp-Protocol-Version", "2025-11-25")]);
        }
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        self.server.send(method, &self.path, &all, body).await
    }

    /// A request in this client's session.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.post(&request(7, method, params), &[]).await;
        answer.assert_status(200);
        let body = answer.json();
        assert_eq!(body["id"], 7, "{body}");
        body
    }

    /// A request of the era without sessions.
    pub(crate) async fn ask_stateless(&self, method: &str, params: Value) -> Answer {
        let mut params = params;
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let mut headers = vec![("Mcp-Protocol-Version", "2026-07-28"), ("Mcp-Method", method)];
        let name = params["name"].as_str().or(params["uri"].as_str()).map(ToOwned::to_owned);
        headers.extend(name.as_deref().map(|name| ("Mcp-Name", name)));
        self.post(&request(7, method, params.clone()), &headers).await
    }

    /// Calls a tool in this client's session.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let body = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert!(body["result"]["content"].is_array(), "{body}");
        body["result"].clone()
    }

    /// Calls a tool that must succeed; gives its structured answer.
    pub(crate) async fn done(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// The names of the tools it sees.
    pub(crate) async fn tools(&self) -> Vec<String> {
        let body = self.ask("tools/list", json!({})).await;
        names(&body)
    }
}

/// The names in an answer to `tools/list`.
pub(crate) fn names(body: &Value) -> Vec<String> {
    let tools = body["result"]["tools"].as_array().unwrap_or_else(|| panic!("no tools in {body}"));
    tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}

/// A JSON-RPC request.
pub(crate) fn request(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}
