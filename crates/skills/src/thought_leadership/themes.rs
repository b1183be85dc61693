//! What there is to say on a subject without knowing anything of the author's customers: opinions, questions and first steps. Holds no
//! figure, no name and no event.

/// One thing to say, in three forms; none has a contraction, so that it stands in every tone.
#[derive(Debug)]
pub(super) struct Point {
    /// As an opinion.
    pub(super) claim: &'static str,
    /// As a question to the reader.
    pub(super) ask: &'static str,
    /// As a first step.
    pub(super) act: &'static str,
}

/// A subject.
#[derive(Debug)]
pub(super) struct Theme {
    /// Words that tell it, in small letters.
    pub(super) words: &'static [&'static str],
    /// What one may think of it.
    pub(super) stances: &'static [&'static str],
    /// What to say of it.
    pub(super) points: &'static [Point],
}

const fn point(claim: &'static str, ask: &'static str, act: &'static str) -> Point {
    Point { claim, ask, act }
}

/// The subject that a text names first.
pub(super) fn find(text: &str) -> Option<&'static Theme> {
    let words = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    let text = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    let place = |theme: &Theme| theme.words.iter().filter_map(|word| text.find(&format!(" {word} "))).min();
    THEMES
        .iter()
        .filter_map(|theme| Some((place(theme)?, theme)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, theme)| theme)
}

/// What can be said of anything.
pub(super) static ANYTHING: Theme = Theme {
    words: &[],
    stances: &[
        "Most discussions of it begin with the answer, and the question never gets written down.",
        "It is rarely a lack of ideas that slows it down; it is the missing decision about who owns it.",
        "The useful part is small, and it is mostly the part nobody enjoys doing.",
        "It gets easier the moment somebody says what it is not for.",
    ],
    points: &[
        point(
            "If it has no owner, it has no end.",
            "Who would notice first if nobody worked on it for a month?",
            "Put one name on it.",
        ),
        point(
            "A goal that fits every outcome is not a goal.",
            "What result would make you say that it did not work?",
            "Write down what failure looks like.",
        ),
        point(
            "The exceptions tell more than the rule.",
            "Which case does your present way handle badly?",
            "Take the last case that went wrong and follow it from the beginning.",
        ),
        point(
            "What is done by habit is rarely looked at.",
            "Which step is there because it was always there?",
            "Leave one step out for two weeks and see who complains.",
        ),
        point(
            "People closest to the work usually know the answer.",
            "Whom have you not asked yet?",
            "Ask the person who does it every day, and do not explain.",
        ),
        point(
            "Starting small is not the same as starting vaguely.",
            "What is the smallest piece that would already be useful?",
            "Finish one small piece before you plan the second.",
        ),
    ],
};

static THEMES: &[Theme] = &[
    Theme {
        words: &[
            "outbound",
            "prospecting",
            "cold calling",
            "cold call",
            "cold email",
            "cold outreach",
            "sdr",
            "sdrs",
            "outreach",
            "pipeline",
            "lead generation",
            "linkedin outreach",
            "sales development",
        ],
        stances: &[
            "Outbound did not stop working; being irrelevant at scale did.",
            "A list is a strategy: whoever picks the names has made most of the decisions already.",
            "The first message is not there to sell, it is there to be worth an answer.",
        ],
        points: &[
            point(
                "Fewer names with a reason beat more names with a template.",
                "For how many names on this week's list could you say why this week?",
                "Cut the list in half and write the reason next to each name that stays.",
            ),
            point(
                "Replies that say no are the cheapest market research there is.",
                "Who reads the refusals, and what changes because of them?",
                "Read twenty refusals aloud in the next team meeting.",
            ),
            point(
                "Activity is easy to count, and that is why it gets counted.",
                "Which number on the board would you drop if you had to drop one?",
                "Replace one activity target with a conversation target for a month.",
            ),
            point(
                "A follow-up that adds nothing teaches people to ignore you.",
                "What does your third message say that the first did not?",
                "Delete every follow-up that begins with asking whether the last one arrived.",
            ),
            point(
                "Data that is wrong makes good copy useless.",
                "How many of your contacts still have the job your list says they have?",
                "Check one page of your list by hand before you rewrite a single line.",
            ),
        ],
    },
    Theme {
        words: &[
            "hiring",
            "recruiting",
            "recruitment",
            "onboarding",
            "ramp",
            "talent",
            "new hires",
            "interview",
            "interviews",
            "candidates",
            "sdr hiring",
        ],
        stances: &[
            "Most hiring mistakes are made when the role is described, not when the person is chosen.",
            "Hiring is a promise about the first ninety days, and few teams write the promise down.",
            "Speed in hiring comes from deciding early what you will not insist on.",
        ],
        points: &[
            point(
                "A job description that fits everybody attracts nobody in particular.",
                "Which three sentences of your job post could not stand in any other?",
                "Describe the first month instead of the ideal person.",
            ),
            point(
                "Interviews measure how well people interview.",
                "What do you see a candidate do, rather than say?",
                "Give every candidate one hour of the real work.",
            ),
            point(
                "The ramp begins before the first day.",
                "What does a new colleague hear from you between the signature and the start?",
                "Send the first week's plan with the contract.",
            ),
            point(
                "Teams copy the person who was hired last.",
                "What will the next person learn by watching the present team?",
                "Choose who shows the new colleague around as carefully as the colleague.",
            ),
        ],
    },
    Theme {
        words: &[
            "leave",
            "leaving",
            "turnover",
            "attrition",
            "retention",
            "burnout",
            "employees",
            "store managers",
            "managers leave",
            "workforce",
            "quit",
            "frontline",
            "shift",
            "shifts",
            "shift planning",
        ],
        stances: &[
            "People seldom leave a job over one thing; they leave when nobody changed the small things.",
            "An exit interview comes one conversation too late.",
            "Loyalty is mostly a matter of whether tomorrow can be planned.",
        ],
        points: &[
            point(
                "The rota is a management decision, even when software makes it.",
                "How many days ahead do people know when they work?",
                "Publish the plan a week earlier and hold to it.",
            ),
            point(
                "Responsibility without a say wears people out faster than long days.",
                "What can a manager decide without asking anybody?",
                "Give away one decision completely, with its budget.",
            ),
            point(
                "The good ones leave first, because they can.",
                "Whose resignation would surprise you, and when did you last talk to them about it?",
                "Hold the exit interview with somebody who stays.",
            ),
            point(
                "What is praised gets done, and what is expected gets forgotten.",
                "Which part of the work is only noticed when it fails?",
                "Name in the next meeting one thing that went well because nobody noticed it.",
            ),
        ],
    },
    Theme {
        words: &[
            "customer success",
            "churn",
            "renewal",
            "renewals",
            "customers",
            "support",
            "customer support",
            "customer experience",
            "headcount",
            "nps",
        ],
        stances: &[
            "Customers do not churn at renewal; that is only when they say it.",
            "Growing customer success is less about more people than about fewer surprises.",
            "The handover from sales is where most later complaints are written.",
        ],
        points: &[
            point(
                "Silence is the loudest signal a customer sends.",
                "Which customers have not asked you anything for a quarter?",
                "Call three silent customers this week, without an agenda.",
            ),
            point(
                "Every question that is asked twice is a page that is missing.",
                "Which five answers does your team type again and again?",
                "Write the five answers down where customers look first.",
            ),
            point(
                "A promise made in the sale is kept or broken by somebody who was not there.",
                "What does the new customer expect that your team has never heard of?",
                "Let sales and success read the last ten handovers together.",
            ),
            point(
                "Health scores comfort whoever built them.",
                "When did the score last warn you of something you did not know?",
                "Compare the score with the last three customers you lost.",
            ),
        ],
    },
    Theme {
        words: &["cost", "costs", "spend", "savings", "cheaper", "cloud bill", "cloud cost", "finops"],
        stances: &[
            "A bill is a picture of old decisions; it shrinks when somebody takes one of them back.",
            "Costs are rarely too high everywhere: they are too high in the two places nobody owns.",
            "The cheapest system is the one you can switch off without a meeting.",
        ],
        points: &[
            point(
                "What is kept just in case is paid for every day.",
                "What do you keep, and for how long, because nobody dared to decide?",
                "Set an end date for everything that is kept without a reason.",
            ),
            point(
                "An average hides the one thing that drives the total.",
                "Which single consumer would you look at first if the total doubled?",
                "List the five largest positions with the name of who asked for them.",
            ),
            point(
                "Spare capacity is insurance, and insurance has a price worth knowing.",
                "For which peak are you paying all year?",
                "Put the price of the peak beside the price of waiting.",
            ),
            point(
                "Savings that need discipline come back; savings that need a setting stay.",
                "Which of last year's savings are still there?",
                "Turn one rule into a default.",
            ),
            point(
                "The team that causes a cost should see it before finance does.",
                "How many days pass until an engineer sees what a change costs?",
                "Show the cost of a change where the change is reviewed.",
            ),
        ],
    },
    Theme {
        words: &[
            "risk",
            "risks",
            "supplier",
            "suppliers",
            "supply chain",
            "procurement",
            "purchasing",
            "sourcing",
            "concentration",
            "resilience",
            "vendor",
            "vendors",
            "tender",
        ],
        stances: &[
            "A second supplier on paper is a comfort, not a plan.",
            "Risk in the supply base rarely sits with the largest supplier; it sits where two of them share a third.",
            "Procurement is judged on price in calm years and on foresight in the others.",
        ],
        points: &[
            point(
                "Concentration hides one level below the contract.",
                "Do you know who supplies your suppliers for the parts that stop a line?",
                "Ask the ten most important suppliers where their critical part comes from.",
            ),
            point(
                "An alternative that has never delivered is a theory.",
                "When did your second source last ship something to you?",
                "Place one real order with the second source.",
            ),
            point(
                "A scorecard that is filled in once a year describes last year.",
                "Which sign would you see a quarter before a delivery fails?",
                "Pick two early signs and look at them every month.",
            ),
            point(
                "What a stop would cost is seldom known to whoever negotiates the price.",
                "What does one week without this part cost, and who has worked it out?",
                "Put the cost of a stop next to the price in the comparison.",
            ),
        ],
    },
    Theme {
        words: &[
            "soc 2",
            "iso 27001",
            "compliance",
            "security",
            "audit",
            "audits",
            "gdpr",
            "privacy",
            "certification",
            "auditor",
            "controls",
            "cyber",
        ],
        stances: &[
            "An audit is easy when the evidence is a by-product of the work, and painful when it is a project.",
            "Compliance hurts most where a control was copied from somebody else's company.",
            "Security questionnaires are slow because the answers live in people.",
        ],
        points: &[
            point(
                "A control that nobody understands will be worked around.",
                "Which of your controls could an engineer explain without looking it up?",
                "Rewrite one control in the words of the person who carries it out.",
            ),
            point(
                "Evidence that is collected in the last month looks like it.",
                "Which evidence could you show today without asking anybody?",
                "Let the system that does the work keep the proof of it.",
            ),
            point(
                "Scope is the largest decision and the one taken fastest.",
                "What is in scope only because nobody took it out?",
                "Draw the boundary on one page before you buy anything.",
            ),
            point(
                "The auditor is not the reader who matters; the customer's reviewer is.",
                "Which question do your customers ask every time?",
                "Answer the three most frequent customer questions in public.",
            ),
        ],
    },
    Theme {
        words: &[
            "month end",
            "the close",
            "closing the books",
            "closing the month",
            "financial close",
            "books",
            "accounting",
            "reconciliation",
            "year end",
        ],
        stances: &[
            "The close is slow in the places where two systems disagree and a person decides.",
            "A faster close is worth little if nobody decides anything sooner because of it.",
            "The last days of the close are spent on the smallest numbers.",
        ],
        points: &[
            point(
                "Most of the work could be done before the month ends.",
                "Which entries do you book in the first days that you already knew in the last ones?",
                "Move three recurring entries to before the end of the month.",
            ),
            point(
                "A reconciliation that always matches is a habit, and one that never does is a design fault.",
                "Which account do you reconcile by hand every month, and why that one?",
                "Fix the source of one difference instead of booking it again.",
            ),
            point(
                "Precision below what changes a decision is expensive politeness.",
                "From which amount on would anybody act differently?",
                "Set a threshold, write it down and stop below it.",
            ),
            point(
                "The spreadsheet between two systems is a system too, only without an owner.",
                "Who could run the close if one particular person were away?",
                "Let somebody else do one step next month, with the notes alone.",
            ),
        ],
    },
    Theme {
        words: &[
            "data",
            "crm",
            "crm data",
            "analytics",
            "dashboard",
            "dashboards",
            "revops",
            "attribution",
            "metrics",
            "kpi",
            "kpis",
        ],
        stances: &[
            "Data is wrong where entering it helps somebody else.",
            "A dashboard nobody acts on is decoration with a refresh rate.",
            "Clean data is not a project; it is what is left when bad data becomes inconvenient.",
        ],
        points: &[
            point(
                "A field that nobody reads will be filled with anything.",
                "Which mandatory field has never changed a decision?",
                "Delete ten fields before you add one.",
            ),
            point(
                "People enter what they are paid for.",
                "Who gains when this record is right?",
                "Give the person who enters it something back on the same screen.",
            ),
            point(
                "Two numbers for one thing are worse than none.",
                "Which meeting begins with a discussion about whose number is right?",
                "Name one source for one number, and take the other one down.",
            ),
            point(
                "Old records lie with great confidence.",
                "How old is the oldest fact you still rely on?",
                "Show the age of a record beside the record.",
            ),
        ],
    },
    Theme {
        words: &[
            "ai",
            "artificial intelligence",
            "automation",
            "llm",
            "llms",
            "agents",
            "ai agents",
            "machine learning",
            "copilot",
            "copilots",
            "chatbot",
            "generative",
        ],
        stances: &[
            "The question is no longer what AI can do, but which mistakes you are willing to own.",
            "Automating a step that nobody needs makes it permanent.",
            "AI is most useful where somebody already knows what a good result looks like.",
        ],
        points: &[
            point(
                "A task you cannot check is a task you should not hand over.",
                "How would you notice that the result is wrong?",
                "Write the check before you write the prompt.",
            ),
            point(
                "The draft is cheap now, so judgement is the bottleneck.",
                "Who decides, and how many decisions an hour can that person take well?",
                "Measure the review and not the generation.",
            ),
            point(
                "A pilot that is allowed to fail quietly teaches nothing.",
                "What result would make you stop?",
                "Fix the date on which you decide, and what you decide by.",
            ),
            point(
                "What the system may not do deserves more thought than what it may.",
                "Which action must never happen without a person?",
                "List the acts that need a human name, and enforce the list in software.",
            ),
            point(
                "Good examples beat long instructions.",
                "Where are your ten best cases written down?",
                "Collect ten good and ten bad results before you compare any tools.",
            ),
        ],
    },
    Theme {
        words: &[
            "pricing",
            "price",
            "prices",
            "discount",
            "discounts",
            "packaging",
            "monetisation",
            "monetization",
            "pricing change",
        ],
        stances: &[
            "A price is an opinion about who the product is for.",
            "Discounts are the price list that customers really talk about.",
            "Most pricing changes fail in the sentence that explains them.",
        ],
        points: &[
            point(
                "The unit you charge for is the behaviour you ask for.",
                "What would a customer do less of, only because it costs more?",
                "Describe your price in the customer's own unit.",
            ),
            point(
                "A change that cannot be explained in one line will be explained by others.",
                "What will a long-standing customer say about it to a colleague?",
                "Write the sentence your support team will use, and test it on five customers.",
            ),
            point(
                "Every exception becomes a precedent.",
                "How many customers pay a price that no list contains?",
                "Count the exceptions before you design the new list.",
            ),
            point(
                "People forgive a higher price sooner than a surprise.",
                "Who learns of it last, and how?",
                "Tell the customers who lose first, and tell them in person.",
            ),
        ],
    },
    Theme {
        words: &[
            "email",
            "emails",
            "newsletter",
            "content",
            "pr",
            "press",
            "brand",
            "story",
            "storytelling",
            "marketing",
            "copywriting",
            "social media",
            "launch",
            "journalists",
            "deep tech pr",
            "travellers",
        ],
        stances: &[
            "Attention is given to whoever is useful before they are interesting.",
            "Most content answers a question that only the sender has.",
            "The best line is usually the one that was cut because it was too plain.",
        ],
        points: &[
            point(
                "The subject line makes a promise, and the first sentence keeps it or does not.",
                "What does the reader know after one sentence?",
                "Begin with the sentence you would have ended with.",
            ),
            point(
                "Writing for everybody is how nobody is meant.",
                "Whom could you name as the one reader?",
                "Write to one person whose name you know, and then send it to all.",
            ),
            point(
                "Frequency is a habit of the sender, not a wish of the reader.",
                "Who would ask for the next one if it did not come?",
                "Skip one issue and count the questions.",
            ),
            point(
                "Something shown beats something claimed.",
                "Which claim could you replace with a picture, a number of your own or a mistake?",
                "Strike every adjective and see what is left.",
            ),
            point(
                "The reader's day is the context, not your launch date.",
                "What is the reader doing in the minute before they see it?",
                "Read it on a phone, standing up, before you send it.",
            ),
        ],
    },
    Theme {
        words: &[
            "demo",
            "demos",
            "buyers",
            "buyer",
            "buying",
            "discovery",
            "proposal",
            "negotiation",
            "sales call",
            "sales calls",
            "selling",
            "deals",
            "deal",
            "talk to you",
            "sales process",
            "objections",
        ],
        stances: &[
            "Much of a purchase is decided before anybody speaks to a seller, and selling has to respect that.",
            "A demo shows what the product does; a decision needs to know what changes on Monday.",
            "The strongest rival of a good deal is doing nothing.",
        ],
        points: &[
            point(
                "Whoever explains the price last has explained it too late.",
                "What does a buyer have to ask you for that could be public?",
                "Publish the answer to the question every buyer asks first.",
            ),
            point(
                "The champion sells when you are not in the room.",
                "Which page of yours does your champion forward?",
                "Write the mail that your champion would send to the boss.",
            ),
            point(
                "A discovery call that serves only the seller is an interrogation.",
                "What does the buyer know after the call that was new to them?",
                "Give one useful answer before you ask the third question.",
            ),
            point(
                "Showing everything proves that you have not listened.",
                "Which three minutes of your demo would be enough?",
                "Show one thing, the one they named, and stop.",
            ),
        ],
    },
    Theme {
        words: &[
            "logistics",
            "route",
            "routes",
            "kilometres",
            "empty kilometres",
            "warehouse",
            "delivery",
            "deliveries",
            "route planning",
            "fleet",
            "transport",
            "freight",
            "dispatch",
            "drivers",
        ],
        stances: &[
            "Most of the waste on the road is decided at the desk.",
            "A plan is worth what is left of it at noon.",
            "The dispatcher's head is the most important system in the house, and it has no backup.",
        ],
        points: &[
            point(
                "What is not known when the plan is made cannot be saved by the plan.",
                "Which information arrives an hour after it was needed?",
                "Move one cut-off time and watch what becomes possible.",
            ),
            point(
                "Optimising each tour can make the day worse.",
                "Who looks at all tours together, and when?",
                "Judge the day and not the tour.",
            ),
            point(
                "Exceptions eat the hours that planning saved.",
                "Which exception came up three times this week?",
                "Give the most frequent exception a rule.",
            ),
            point(
                "Drivers know which plans are fiction.",
                "When did a driver last change a plan for the better, and who wrote it down?",
                "Ask for one correction per driver and week, and use it.",
            ),
        ],
    },
    Theme {
        words: &[
            "migration",
            "migrations",
            "migrating",
            "legacy",
            "platform engineering",
            "kubernetes",
            "technical debt",
            "tech debt",
            "monolith",
            "microservices",
            "infrastructure",
            "devops",
        ],
        stances: &[
            "A migration is finished when the old system is switched off, and not a day earlier.",
            "Technical debt is only debt if somebody knows the interest.",
            "Platforms succeed when using them is less work than avoiding them.",
        ],
        points: &[
            point(
                "Running two systems is the most expensive state there is.",
                "On which date does the old one end?",
                "Announce the end date before the start date.",
            ),
            point(
                "The last tenth of a migration is where the reasons for the old system live.",
                "Which users have you put at the end of the list, and why?",
                "Move the most difficult case second, not last.",
            ),
            point(
                "What cannot be rolled back will be decided by committee.",
                "How long does it take to undo yesterday's change?",
                "Make one step reversible before you make it fast.",
            ),
            point(
                "A platform without a product owner collects features.",
                "What did you refuse to build last quarter?",
                "Write down what the platform will not do.",
            ),
        ],
    },
    Theme {
        words: &[
            "leadership",
            "leading",
            "teams",
            "team",
            "meetings",
            "remote",
            "remote work",
            "hybrid",
            "delegation",
            "feedback",
            "change management",
            "managing people",
        ],
        stances: &[
            "Teams do what is repeated, not what is announced.",
            "A meeting is where decisions go to be postponed politely.",
            "Delegating a task without its decision is only moving the work.",
        ],
        points: &[
            point(
                "A priority list with ten entries is a description of the problem.",
                "What did you stop doing when you started this?",
                "Cross out one priority in public.",
            ),
            point(
                "Feedback that arrives in the yearly review is history.",
                "What did you notice this week and not say?",
                "Say one thing today, in two sentences.",
            ),
            point(
                "Silence in a meeting is not agreement.",
                "Who did not speak, and what would they have said?",
                "Ask the quietest person first.",
            ),
            point(
                "People read the calendar, not the slide.",
                "What would your calendar tell a stranger about your priorities?",
                "Move one hour this week to what you say matters most.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::{ANYTHING, THEMES, find};

    #[test]
    fn topics_find_their_subject() {
        for (topic, told_by) in [
            ("Why outbound is changing in 2025", Some("outbound")),
            ("Kafka costs", Some("costs")),
            ("SOC 2 without the pain", Some("soc 2")),
            ("AI in procurement", Some("ai")),
            ("Why store managers leave", Some("leave")),
            ("closing the books faster", Some("books")),
            ("Basket weaving", None),
        ] {
            let found = find(topic);
            assert_eq!(found.is_some(), told_by.is_some(), "{topic}");
            if let (Some(theme), Some(word)) = (found, told_by) {
                assert!(theme.words.contains(&word), "{topic}: {:?}", theme.words);
            }
        }
    }

    #[test]
    fn nothing_is_claimed_in_figures_and_no_word_is_contracted() {
        for theme in THEMES.iter().chain([&ANYTHING]) {
            assert!(theme.points.len() >= 4 && theme.stances.len() >= 3, "{:?}", theme.words);
            let points = theme.points.iter().flat_map(|point| [point.claim, point.ask, point.act]);
            for text in theme.stances.iter().copied().chain(points) {
                assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
                assert!(
                    !["n't", "'re", "'ll", "'ve", "it's", "It's"].iter().any(|short| text.contains(short)),
                    "{text}"
                );
                assert!(text.starts_with(char::is_uppercase) && text.ends_with(['.', '?']), "{text}");
            }
            assert!(theme.points.iter().all(|point| point.ask.ends_with('?') && point.act.ends_with('.')));
        }
    }
}
