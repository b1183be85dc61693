"""Owns asking Stripe's own Python library what it thinks of signatures, and of a server in Stripe's shape.

    stripe_judge.py verify SECRET HEADER < body   prints the event's type when the header is genuine
    stripe_judge.py sign SECRET < body            prints the header that Stripe's library makes
    stripe_judge.py pages URL KEY                 makes a checkout and a portal page, and prints them as JSON
"""

import json
import sys

import stripe

what, *given = sys.argv[1:]
if what == "verify":
    body = sys.stdin.buffer.read()
    print(stripe.Webhook.construct_event(body, given[1], given[0]).type)
elif what == "sign":
    print(stripe.WebhookSignature.generate_signature_header(sys.stdin.read(), given[0]))
elif what == "pages":
    client = stripe.StripeClient(given[1], base_addresses={"api": given[0]}, max_network_retries=0)
    checkout = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "success_url": "https://a.example/done",
            "line_items": [{"price": "price_1", "quantity": 1}],
            "metadata": {"project": "prj_1"},
        }
    )
    portal = client.v1.billing_portal.sessions.create({"customer": "cus_1"})
    print(json.dumps([checkout.id, checkout.url, checkout.mode, portal.url]))
else:
    sys.exit(__doc__)
