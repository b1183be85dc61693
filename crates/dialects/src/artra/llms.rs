//! `llms.txt` of ARTRA (llmstxt.org): what an agent must know before it begins, and links. Under second headings stand links and
//! nothing else, since readers of the format take nothing else there.

use std::fmt::Write as _;

use outrider_http::Bound;

/// The text, for a server at a public URL.
pub(super) fn text(bound: &Bound, public_url: &str) -> String {
    let surface = &bound.surface;
    let root = surface.base(public_url);
    let mut text = format!(
        "# {}\n\n> {}\n\n\
         Send a personal access token as `Authorization: Bearer {}`. A seller makes it at {public_url}/settings/api-tokens; it acts as \
         that seller, never beyond what they may do, and only within its scopes.\n\n\
         Whatever changes something only previews until `dry_run` is false; discovery alone runs at once, and previews with `dry_run: true`. The preview names who is taken, who is skipped and why, what it \
         costs, and a `digest`. Send that back as `plan_digest` with `dry_run: false`, and the commit is refused with 409 if anything has \
         changed. Repeat a commit with the same `Idempotency-Key` and it happens once.\n\n\
         No endpoint sends a mail: outreach happens in sequences and workflows, where limits, opt-outs and the protection against sending \
         twice always hold.\n\n\
         ## Connect\n\n",
        surface.title,
        surface.introduction,
        surface.style.key_format(),
    );
    let _ = writeln!(text, "- [OpenAPI document]({root}/api/v1/agent/openapi.json): every endpoint, scope and schema");
    if let Some(mcp) = surface.mcp {
        let _ = writeln!(
            text,
            "- [MCP endpoint]({root}{mcp}): the same as tools, over Streamable HTTP; `outrider mcp` serves them over stdio"
        );
    }
    let _ = writeln!(text, "- [API tokens]({public_url}/settings/api-tokens): where a seller makes and revokes tokens");
    text.push_str("\n## Endpoints\n\n");
    for operation in surface.operations {
        let spec = &operation.spec;
        let verb = format!("{:?}", spec.verb).to_uppercase();
        let page = format!("{public_url}/docs/{}/{}.md", surface.name, spec.tag);
        let scope = if spec.scope == "any" { "any valid token".to_owned() } else { spec.scope.to_owned() };
        let _ = writeln!(text, "- [{verb} {}]({page}): {} (`{}`; scope: {scope})", spec.path, spec.summary, spec.name);
    }
    text
}
