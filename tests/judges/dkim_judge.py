"""Judges one mail with dkimpy, a DKIM implementation that shares no code with this project's.

usage: dkim_judge.py ZONE < MAIL

ZONE is a JSON file {DNS name: TXT record}: nothing is looked up in the real DNS. Prints one JSON object:
  valid             the signature verifies (RFC 6376)
  reason            why it does not; empty when it does
  domain, selector  d= and s= of the signature
  signed            the names of the signed headers, in lower case
  aligned           the domain of From is d= or below it, relaxed alignment of RFC 7489
  one_click         List-Unsubscribe has an https address and List-Unsubscribe-Post is as RFC 8058 wants it
  one_click_signed  and both headers are covered by the signature, which RFC 8058 wants too
"""
import email
import email.policy
import json
import re
import sys

import dkim


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        zone = {name.rstrip(".").lower(): text for name, text in json.load(file).items()}
    # DKIM speaks of mail as it is on the wire: lines end in CRLF.
    raw = re.sub(rb"\r?\n", b"\r\n", sys.stdin.buffer.read())

    def look_up(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        record = zone.get(name.rstrip(".").lower())
        return record.encode() if record is not None else None

    reason = ""
    try:
        valid = bool(dkim.DKIM(raw).verify(dnsfunc=look_up))
        if not valid:
            reason = "the signature does not verify"
    except dkim.DKIMException as error:
        valid, reason = False, f"{type(error).__name__}: {error}"

    mail = email.message_from_bytes(raw, policy=email.policy.default)
    signature = re.sub(r"\s+", "", str(mail.get("DKIM-Signature", "")))
    tags = dict(part.split("=", 1) for part in signature.split(";") if "=" in part)
    domain = tags.get("d", "").lower()
    signed = sorted(set(tags.get("h", "").lower().split(":")) - {""})

    senders = mail["From"].addresses if mail["From"] else []
    sender_domain = senders[0].domain.lower() if senders else ""
    unsubscribe = str(mail.get("List-Unsubscribe", ""))
    post = str(mail.get("List-Unsubscribe-Post", ""))
    one_click = bool(re.search(r"<https://[^>\s]+>", unsubscribe)) and post == "List-Unsubscribe=One-Click"

    json.dump(
        {
            "valid": valid,
            "reason": reason,
            "domain": domain,
            "selector": tags.get("s", ""),
            "signed": signed,
            "aligned": bool(domain) and (sender_domain == domain or sender_domain.endswith("." + domain)),
            "one_click": one_click,
            "one_click_signed": one_click and {"list-unsubscribe", "list-unsubscribe-post"} <= set(signed),
        },
        sys.stdout,
    )


if len(sys.argv) != 2:
    sys.exit("usage: dkim_judge.py ZONE < MAIL")
main()
