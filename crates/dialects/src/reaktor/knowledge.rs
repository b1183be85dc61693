//! The knowledge graph: companies by their domain, and what moves buying in an industry.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::credits::payer::{Pay, Payer};
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::ports::Ports;
use outrider_engine::tasks::gather;
use outrider_engine::tasks::look_up::look_up;
use outrider_engine::tasks::work::price_of;
use outrider_skills::domain_to_company::{Found, domain_of, of};
use outrider_skills::fit::industry;
use outrider_skills::{Background, Needs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the price list.
const PRICE: &str = "company_lookup";

/// `GET /api/v1/knowledge/company/{domain}`.
pub struct LookUpCompany;

/// Which company.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ByDomain {
    /// Such as `acmecorp.com`.
    #[schemars(length(min = 3, max = 253))]
    domain: String,
}

/// What is known, and what it cost.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The company.
    #[serde(flatten)]
    company: Found,
    /// Credits charged; 0 when nothing was known.
    credits_charged: i64,
}

impl Operation for LookUpCompany {
    const SPEC: Spec = Spec::get(
        "look_up_company",
        "knowledge",
        "/api/v1/knowledge/company/{domain}",
        "tasks:write",
        "Look a company up by its domain, for one credit.",
    )
    .effect(Effect::Outward)
    .describe("Nothing is charged for a company that is not known.")
    .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = ByDomain;
    type Output = Known;

    fn run(cx: &mut Context<'_, '_>, input: ByDomain) -> Result<Known> {
        let domain = domain_in(&input)?;
        let answer: Arc<Background> = cx.answer()?;
        let found = of(domain.clone(), answer.company.clone().unwrap_or_default());
        let payer = Payer::of(cx)?;
        let price = if found.found { price_of(&cx.core.settings, PRICE) } else { 0 };
        if price > 0 {
            let subject = format!("company_lookup:{}", cx.id());
            payer.pay(cx, Pay::Now, &subject, price, &format!("company lookup of {domain}"))?;
        }
        Ok(Known { company: found, credits_charged: price })
    }
}

fn domain_in(input: &ByDomain) -> Result<String> {
    domain_of(&input.domain).ok_or_else(|| Error::invalid("domain", "domain must be a domain such as acme.com."))
}

impl Outside for LookUpCompany {
    /// The domain, and what is known of it.
    type Question = (String, Background);
    /// The same with what its site and DNS say.
    type Answer = Background;

    fn question(cx: &mut Context<'_, '_>, input: ByDomain) -> Result<(String, Background)> {
        let domain = domain_in(&input)?;
        // Whoever can't pay looks at nobody's site.
        Payer::of(cx)?.expect(cx, price_of(&cx.core.settings, PRICE))?;
        let needs = Needs { domain: Some(domain.clone()), ..Needs::default() };
        Ok((domain, gather::background(cx, &needs, None)?))
    }

    fn ask(ports: &Ports, (domain, mut known): (String, Background)) -> BoxFuture<'_, Result<Background>> {
        async move {
            look_up(ports, &domain, &mut known).await;
            Ok(known)
        }
        .boxed()
    }
}

/// `GET /api/v1/knowledge/signals/{industry}`.
pub struct GetIndustrySignals;

/// Which industry.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ByIndustry {
    /// By any of its names, such as `saas`.
    #[schemars(length(min = 1, max = 200))]
    industry: String,
}

/// What to look out for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signals {
    /// The industry that was understood.
    industry: String,
    /// Events that tend to come before buying.
    signals: Vec<String>,
    /// Always 0.
    credits_charged: i64,
}

impl Operation for GetIndustrySignals {
    const SPEC: Spec = Spec::get(
        "get_industry_signals",
        "knowledge",
        "/api/v1/knowledge/signals/{industry}",
        "tasks:read",
        "See what tends to come before buying in an industry; free.",
    );
    type Input = ByIndustry;
    type Output = Signals;

    fn run(_: &mut Context<'_, '_>, input: ByIndustry) -> Result<Signals> {
        let words = input.industry.replace(['-', '_'], " ");
        let found = industry::find(&words).or_else(|| industry::find(&input.industry));
        let found = found.ok_or_else(|| {
            let known: Vec<&str> = industry::INDUSTRIES.iter().map(|each| each.name).collect();
            Error::new(code::RESOURCE_NOT_FOUND, format!("This industry is not known. Known: {}.", known.join(", ")))
        })?;
        let signals = found.signals.iter().map(|signal| (*signal).to_owned()).collect();
        Ok(Signals { industry: found.name.to_owned(), signals, credits_charged: 0 })
    }
}
