//! The conversation: what the callee says is answered and kept in one transaction, and the dialogue is rebuilt from what was heard,
//! so that a process that dies loses no more than the words it was about to say.

use outrider_domain::id::CallId;
use outrider_domain::telephony::Answer;
use outrider_domain::time::Millis;
use outrider_store::calls::Call;
use outrider_store::projects;
use outrider_voice::{Dialogue, Ending, Heard, Outcome, Said, Turn};

use super::report::{answered, hold};
use super::{effects, script, status};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::to_json;
use crate::gates::snapshot::read_json;

/// How a call ended that a person, or a kill switch, cut off.
pub(super) const STOPPED: &str = "stopped";

/// Most times something is heard in one call. A dialogue ends long before; a carrier gone mad does not.
const MOST_TURNS: i64 = 200;
/// Longest words kept of one turn, in characters.
const LONGEST_WORDS: usize = 2_000;

/// Answers what was heard in a call. `turn` counts from 1; hearing the last one again gives the same answer and changes nothing.
///
/// # Errors
/// `resource_not_found`; `wrong_state` for a call that is over or not under way, and for a turn out of order.
pub fn hear(cx: &mut Context<'_, '_>, id: CallId, turn: i64, heard: Heard) -> Result<Answer> {
    let Some((mut action, mut call)) = hold(cx, id)? else { return Err(Error::not_found("call")) };
    if turn == call.turn && turn > 0 {
        let said = replay(&call)?.last_turn().clone();
        return answer(cx, &call, &said);
    }
    let live = matches!(call.status.as_str(), status::DIALING | status::IN_PROGRESS | status::UNKNOWN);
    if !live || call.script.is_none() {
        return Err(Error::new(code::WRONG_STATE, format!("This call is not under way: it is {}.", call.status)));
    }
    if turn != call.turn + 1 {
        let text = format!("The next turn of this call is {}, not {turn}.", call.turn + 1);
        return Err(Error::new(code::WRONG_STATE, text).at("turn"));
    }
    if call.status != status::IN_PROGRESS {
        call = answered(cx, &mut action, call, cx.now)?;
    }
    let stopped = call.ending.as_deref() == Some(STOPPED) || !projects::kill_switches(cx.tx, cx.project)?.is_empty();
    if stopped || turn > MOST_TURNS {
        let end = if stopped { STOPPED } else { "broken_off" };
        if call.ending.is_none() {
            call.ending = Some(end.to_owned());
            call.finished_at = Some(cx.now);
            call.updated_at = cx.now;
            call.save(cx.tx)?;
        }
        return Ok(Answer::silence());
    }
    let mut dialogue = replay(&call)?;
    let heard = clipped(heard);
    call.heard.push_str(&to_json(&heard)?);
    call.heard.push('\n');
    call.turn = turn;
    let result = dialogue.hear(heard);
    settle(cx, &mut call, &dialogue, &result)?;
    let said = answer(cx, &call, &result)?;
    call.save(cx.tx)?;
    Ok(said)
}

/// The line is gone before the conversation had ended.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub(super) fn line_went_dead(cx: &mut Context<'_, '_>, call: &mut Call) -> Result<()> {
    if call.script.is_none() {
        return Ok(());
    }
    let mut dialogue = replay(call)?;
    let heard = Heard::hung_up();
    call.heard.push_str(&to_json(&heard)?);
    call.heard.push('\n');
    call.turn += 1;
    let result = dialogue.hear(heard);
    let end = call.finished_at;
    settle(cx, call, &dialogue, &result)?;
    call.finished_at = end;
    Ok(())
}

/// Writes what a turn has brought into the call, and acts on its end.
fn settle(cx: &mut Context<'_, '_>, call: &mut Call, dialogue: &Dialogue, turn: &Turn) -> Result<()> {
    call.transcript = lines(dialogue.transcript())?;
    call.updated_at = cx.now;
    if let (Some(ending), None) = (&turn.end, &call.ending) {
        note(cx, call, ending)?;
        effects::apply(cx, call, ending)?;
    }
    Ok(())
}

/// Notes how the conversation ended.
fn note(cx: &Context<'_, '_>, call: &mut Call, ending: &Ending) -> Result<()> {
    call.ending = Some(ending.outcome.as_str().to_owned());
    call.outcome = Some(effects::outcome_of(ending).to_owned());
    call.output = to_json(&ending.variables)?;
    call.transcript = lines(&ending.transcript)?;
    let sandbox = call.carrier.as_deref() == Some(outrider_domain::telephony::SANDBOX);
    let mark = if sandbox { "[sandbox] " } else { "" };
    call.summary = Some(format!("{mark}{}", ending.summary));
    // Until the carrier says when the line was closed: when the last words were over.
    let from = call.answered_at.unwrap_or(cx.now);
    call.finished_at = Some(Millis(from.0 + i64::from(ending.duration_ms)).max(cx.now));
    Ok(())
}

fn lines<T: serde::Serialize>(rows: &[T]) -> Result<String> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&to_json(row)?);
        text.push('\n');
    }
    Ok(text)
}

/// The dialogue of a call as it stands, rebuilt from its script and what was heard.
fn replay(call: &Call) -> Result<Dialogue> {
    let heard: Vec<Heard> =
        call.heard.lines().map(|line| read_json(line, "what was heard in a call")).collect::<Result<_>>()?;
    Dialogue::replay(script::stored(call)?, heard).map_err(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::new(code::INTERNAL_ERROR, format!("A call follows a script that can't be spoken: {}.", text.join("; ")))
    })
}

fn answer(cx: &mut Context<'_, '_>, call: &Call, turn: &Turn) -> Result<Answer> {
    let handed_over = turn.end.as_ref().is_some_and(|end| end.outcome == Outcome::Transferred);
    Ok(Answer {
        say: turn.say.text.clone(),
        spoken_ms: turn.say.spoken_ms,
        hang_up: turn.end.is_some(),
        transfer_to: if handed_over { effects::takes_over(cx, call)? } else { None },
    })
}

/// Words from outside are bounded, and hold nothing a database can't.
fn clipped(heard: Heard) -> Heard {
    let clip = |text: String| text.chars().filter(|letter| *letter != '\0').take(LONGEST_WORDS).collect();
    let said = match heard.said {
        Said::Text { text } => Said::Text { text: clip(text) },
        Said::Interruption { text, spoken_ms } => Said::Interruption { text: clip(text), spoken_ms },
        other => other,
    };
    Heard { said, ..heard }
}
