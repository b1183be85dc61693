//! What a callee wants that has nothing to do with the question asked: a person, another time, an end. Recognises; answers nothing.

use std::sync::LazyLock;

use outrider_domain::words::{Pattern, patterns};

use super::matches;

macro_rules! intents {
    ($($(#[$doc:meta])* $name:ident: $table:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(text: &str) -> bool {
            static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns($table));
            matches(&PATTERNS, text)
        }
    )*};
}

intents! {
    /// An answering machine speaks.
    is_machine: &[
        "leave * message", "leave * name and", "after the tone|beep|signal", "at the tone|beep", "you have reached", "youve reached",
        "voicemail|voicemailbox|mailbox", "voice mail|mailbox", "cant|cannot|unable * take|answer|come * call|phone", "unable to take|answer|come",
        "not able to take|answer|come", "record your|a message", "number you have dialed|dialled|called|reached", "person you are calling|trying",
        "has been forwarded", "is not available * tone|message|beep", "missed your call", "get back to you as soon", "nach dem signalton|ton|piepton",
        "hinterlassen sie", "laissez * message", "apres le bip|signal", "deje * mensaje", "lasciate * messaggio",
    ];
    /// A machine in front of a person asks who calls.
    is_screening: &[
        "state|say|record your name", "name and * reason|why * calling|call", "screening|screened", "who is calling and why", "call assist|assistant",
        "google|apple * screen~", "ill see if * available",
    ];
    /// Somebody else's number.
    is_wrong_number: &[
        "wrong number|person", "no one * by that name", "nobody * by that name", "nobody|noone here * name|called", "no one * called|named * here",
        "dont know any|anyone|anybody|who that", "you have|got the wrong", "youve got|have the wrong", "this is not his|her|their|the * number|phone", "not|isnt their|his|her number",
        "theres no|nobody * here by|called|named", "never heard of her|him|them", "doesnt live|work here", "no longer works|lives here", "not work here",
    ];
    /// Someone else answered and the person is out.
    is_someone_else: &[
        "he|she is|isnt|s not|out|away * in|here|home|available|office", "hes|shes|theyre not|out|away|in|on|busy", "he|she isnt|is out|away|available|here",
        "can i take a message", "may i take a message", "take a message", "calling for him|her", "not in the office|in today|here today",
    ];
    /// Wants to know whether a machine speaks.
    asks_if_machine: &[
        "are|is you|this|it robot|bot|machine|computer|ai|automated|recorded|human|real|software",
        "are|is you|this|it a|an|the|really|actually|even robot|bot|machine|computer|ai|automated|recording|human|real|person|chatbot|recorded|android|program $",
        "are|is you|this|it a|an real|actual|live|human|chat|ai|automated person|human|bot|being|robot|machine|system|call",
        "are you * robot|bot|machine|computer|ai|human|chatbot $",
        "am i * talking|speaking * robot|bot|machine|computer|ai|human|person|recording", "you|youre a|an robot|bot|machine|computer|ai|human|recording|chatbot",
        "you a|an real|actual person|human", "you sound like * robot|machine|computer|bot|recording", "is this a recording", "is it * robot|machine|recording|ai|bot",
        "robot or * human|person", "human or * robot|machine|bot|ai", "are you human|real|ai|alive",
        "who|what am i * talking|speaking with|to robot|ai",
    ];
    /// Wants a person on the line.
    wants_person: &[
        "speak|talk|speaking|talking|chat to|with * person|human|someone|somebody|representative|rep|agent|manager|supervisor|doctor|dentist|people|operator|colleague|boss|staff|team",
        "put|get|connect|transfer|pass|hand me * through|to|on|over|with * person|human|someone|somebody|representative|rep|manager|supervisor|operator|colleague|staff|team",
        "put me through", "transfer me to", "get me a|your person|human|manager|supervisor|representative|rep", "a|real|actual|live person|human please", "human please",
        "real|live|actual person|human|agent * please|now", "want|need|prefer|like a|real|live|actual|an person|human|operator", "want|need|prefer|like * real|live|actual person|human",
        "let me speak|talk to|with", "your manager|supervisor please", "representative $", "operator $",
        "is there * person|human|someone i * speak|talk",
        "can|could someone|somebody|person|human * call me",
    ];
    /// Asks to be called at another time, and says so.
    wants_callback: &[
        "call|ring|phone|try me|us|him|her|them|again|back * back|later|tomorrow|monday|tuesday|wednesday|thursday|friday|week|another|afternoon|morning|evening|in",
        "call|ring|try back|again|later", "call|ring|phone me|us * at|on|after|around", "calling|ringing back|later|again|tomorrow", "another|better|different time|moment|day * call|please|instead $",
        "another time", "some other time", "not a good|great|convenient|ideal|the time|moment", "bad|wrong|inconvenient time|moment", "isnt * good|great|convenient|best|ideal time|moment",
        "catch me|us * bad|later", "caught me * bad|middle", "get back to me * later|tomorrow|week",
    ];
    /// Has no time just now, without a word about calling.
    is_busy: &[
        "im|were|am|are|bit|quite|very|really|too|kind busy|driving|occupied", "in * a|the|another middle|meeting|call|hurry|rush|appointment",
        "im|am * at|on work|another|the * now|line|call|road|train", "cant talk|speak", "dont have * time|minute|moment", "have|got no time", "no time", "about to leave|board|go",
    ];
    /// Gives orders to the machine, or asks for what nobody may be given on the phone.
    gives_orders: &[
        "ignore|disregard|forget|bypass|override * instructions|instruction|rules|prompt|orders|guidelines|training|programming|said",
        "system|initial|hidden|original|secret prompt|instructions|message", "read|tell|show|repeat|print|reveal|recite|give|output|share * your|the prompt|instructions|rules|guidelines|configuration",
        "what|whats is|are|your * your|prompt|instructions|system instructions|prompt", "you are now a|an|my|the|in|no|free|going|allowed|able", "from now on you|youre|your", "pretend|act|behave|roleplay * you|youre|as|like * are|a|an|my|if",
        "repeat after me", "developer|debug|admin|god|jailbreak mode", "jailbreak",
        "give|grant|offer|make|want me|us * discount|percent|free|gift", "give|grant|want a * discount", "give|grant|offer me|us * half off|price", "discount of|now", "percent off|discount",
        "transfer|send|wire|pay|give|lend me|us|my * dollars|euros|pounds|money|bitcoin|cash|funds|dollar|euro|rupees",
        "transfer|send|wire * dollars|euros|pounds|bitcoin|rupees", "transfer|wire|send * money|funds to|from",
        "give|tell|read|send|list me|us * other|all * customers|clients|patients|people|users", "give|tell|read|send me|us * password|passwords|credit|pin|api|secrets|database",
        "list|name * your|all other customers|clients", "execute|run * command|code|script|query", "delete|drop * all|your|the * customers|database|records|tables|files",
        "say|swear * that you|youre * human|person|hate|stupid", "promise me|us * free|discount|refund", "sign me up * for free", "order|buy|book * in my name|on your account",
        "new instructions|orders", "i am your * developer|creator|administrator|owner|boss|admin",
    ];
    /// Wants the last words again.
    wants_repeat: &[
        "repeat|rephrase|reword * that|it|please|question|yourself|again $", "repeat that|it|please|the", "say|ask that|it * again", "come|run again|that * $", "one more time", "pardon",
        "beg your pardon", "what did you * say|ask|call", "what was that|the question|it", "didnt|couldnt|cant|dont * hear|catch|get|understand|follow|make * you|that|it|what|question|a",
        "didnt|couldnt|cant|dont understand|hear|follow|catch", "excuse me $", "sorry $", "sorry what|who|can|could|i", "huh $", "what $", "speak|talk up|louder|slower|slowly", "bad|terrible|breaking line|connection|up",
        "breaking up", "what do you mean",
    ];
    /// Asks for a moment.
    wants_moment: &[
        "hold|hang on", "one|a|just|wait|give moment|second|sec|minute|me * moment|second|sec|minute $", "one|just moment|second|sec|minute", "just a moment|second|sec|minute", "wait|hold $", "wait a", "let me check|see|look|grab|find|get", "bear with me",
    ];
    /// Asks who is calling.
    asks_who: &[
        "who is|are this|you|it|calling|speaking|there", "whos this|calling|speaking|there|that|it", "who am i speaking|talking", "who are you", "what company|organization|business * you|is|this|from",
        "which company", "where are you calling from", "what|whats is your name", "whats your name", "who do you work", "calling from where", "who $", "on whose behalf", "who sent you", "is that|this you",
    ];
    /// Asks why they are called.
    asks_why: &[
        "why are|did you * call~", "whats|what is this|it|that * about|regarding|for|call", "whats|what is * reason|purpose", "reason|purpose for|of * call|calling", "what do you want", "what can i do for you",
        "how can|may i help", "what are you calling|selling|offering", "are you selling|trying", "is this * sales|scam|marketing|spam|advert~|telemarketing",
        "what do you * want|sell|offer", "what exactly is this",
    ];
    /// Asks where the number comes from.
    asks_source: &[
        "how|where did|do|have you * get|got|find|found|have * number|name|details|contact|information|data", "who gave you * number|name|details|contact|information", "where|how * get my|this number", "how did you get|find",
    ];
    /// Asks to have something sent.
    wants_writing: &[
        "send|email|mail|text|shoot|drop me|us|it|that|over|something * email|mail|information|info|details|brochure|link|writing|something|text|material|one", "email|text|mail me|us $", "send|email|mail * information|info|details|brochure|documentation|material",
        "put|have|get that|it|this in writing", "in writing", "send me an|some|the|more|a email|information|info|details|link", "send it * email|over|me",
    ];
    /// Says no to the whole call.
    declines: &[
        "not|isnt|arent interested", "no interest", "no longer interested", "not looking for|to", "dont care", "dont waste", "waste|wasting * time", "no sales", "dont bother", "not buying",
        "go away",
    ];
    /// Needs nothing of the kind: a no where yes or no was asked, and an end elsewhere.
    needs_nothing: &[
        "dont need|want * any|this|it|that|anything|one|your", "no need", "not for me|us $", "im|were|we are good|fine|all|set * thanks|set|thank", "were all set", "im all set",
    ];
    /// Takes leave.
    takes_leave: &[
        "goodbye|bye|byebye|cheerio", "good bye|night", "have|need|got|gotta to go|run|leave $", "gotta go|run", "talk|see|speak * later|soon $", "have a good|nice|great", "hanging up", "im|ill * hang|hanging up",
    ];
    /// Is angry at being called.
    is_angry: &[
        "fuck~|shit~|damn~|bloody|bastard~|idiot~|asshole~|bullshit|crap|piss~|goddamn|wtf", "harass~", "sick|tired of|and * calls|calling|people|you|this", "how dare you", "ridiculous|outrageous|unbelievable|disgusting",
        "shut up", "get lost", "screw you", "scammer|scammers|fraudsters", "what the hell", "go to hell", "annoying|pathetic", "stop wasting", "hate * calls|call|you|this|robots",
        "third|fourth|fifth|tenth|hundredth time * called|call|week|today",
    ];
    /// Says hello, and nothing more.
    greets: &[
        "hello|hi|hey|hallo $", "hello|hi|hey hello|there|yes|good|whos $", "anyone|anybody there $", "good morning|afternoon|evening $", "hello are you there", "are you there", "can you hear me",
    ];
    /// Asks how the caller is.
    asks_wellbeing: &["how are you $", "how are you doing|today|feeling|this", "how is|are it|things|you going|doing", "hows it going", "how do you do", "whats up"];
    /// Thanks, listening noises: no answer.
    is_filler: &["thanks|thank|hm|hmm|um|uh|er|ah|oh|well|so|interesting|wow|cool $", "i see $", "got it $", "thank you $", "let me think"];
}

/// Whether a sentence asks something.
pub(crate) fn is_question(sentence: &str) -> bool {
    const OPENERS: [&str; 22] = [
        "what", "whats", "which", "who", "whos", "whose", "why", "how", "hows", "where", "when", "is", "are", "does",
        "do", "did", "can", "could", "will", "would", "should", "tell",
    ];
    static INSIDE: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
        patterns(&[
            "wondering|curious if|whether|what|how|about|why|who",
            "want|like to know|hear",
            "tell me",
            "explain",
            "question is|about",
            "what about",
            "how about",
        ])
    });
    let words = outrider_domain::words::words(sentence);
    let asks_first = words.iter().find(|word| {
        !matches!(word.as_str(), "and" | "so" | "but" | "ok" | "okay" | "well" | "yeah" | "yes" | "um" | "oh")
    });
    sentence.trim_end().ends_with('?')
        || asks_first.is_some_and(|word| OPENERS.contains(&word.as_str()) && words.len() >= 3)
        || matches(&INSIDE, sentence)
}

#[cfg(test)]
#[path = "intent_tests.rs"]
mod tests;
