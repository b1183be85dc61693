//! What there is to say on customers and colleagues: winning, keeping and hiring them. Holds no figure, no name and no event.

use super::{Theme, point};

/// Subjects about people.
pub(super) static PEOPLE: &[Theme] = &[
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
];
