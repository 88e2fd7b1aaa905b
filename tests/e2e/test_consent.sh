#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/consent*.py on a register of its own.
# CTest labels: sharing
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
# A purpose below another: the list of the seeds is flat.
cat >"$register_dir/codes.jsonl" <<END
{"method": "pidc.v1.AdminService/AddCode", "request": {"requestId": "0b6f3c6e-5a80-4a57-9a0a-2f6d4f6a8a11", "entry": {"list": "purpose", "code": "OPS_COUNTER_SMUGGLING", "parent": "OPS_BORDER", "titleEn": "Counter-smuggling", "titleFr": "Lutte contre le trafic"}}}
{"method": "pidc.v1.AdminService/AddCode", "request": {"requestId": "0b6f3c6e-5a80-4a57-9a0a-2f6d4f6a8a12", "entry": {"list": "purpose", "code": "ME_ACTIVITY", "parent": "ME", "titleEn": "Monitoring of activities", "titleFr": "Suivi des activités"}}}
END
"$PIDC_PIDCD" --config "$PIDC_CONFIG" --import "$register_dir/codes.jsonl" >/dev/null
for tests in consent consent_questions consent_changes consent_requests; do
	/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/$tests.py"
done
# Whatever the tests did: every row is what the ledger says.
"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
	ledger verify --deep
