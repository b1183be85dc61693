//! What there is to say on how work is done: costs, risks, systems, teams. Holds no figure, no name and no event.

use super::{Theme, point};

/// Subjects about work.
pub(super) static WORK: &[Theme] = &[
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
            "remote work",
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
