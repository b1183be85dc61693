"""Owns asking the Standard Webhooks library, and Python's own HMAC, whether what a receiver was sent is genuine.

    webhook_judge.py standard SECRET < DELIVERY    prints the type of the event
    webhook_judge.py reaktor SECRET < DELIVERY     prints the number of the task

DELIVERY is JSON: `headers`, an object with names in small letters, and `body`, a text.
"""

import hashlib
import hmac
import json
import sys

from standardwebhooks.webhooks import Webhook

manner, secret = sys.argv[1:]
delivery = json.load(sys.stdin)
headers, body = delivery["headers"], delivery["body"]
if manner == "standard":
    print(Webhook(secret).verify(body, headers)["type"])
elif manner == "reaktor":
    expected = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, headers["x-dr-signature"]), "the signature is another's"
    print(json.loads(body)["taskId"])
else:
    sys.exit(__doc__)
