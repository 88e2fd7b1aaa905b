#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The development authority: what it makes must pass the daemon's own rules
# (strict X.509, one SPIFFE name, no leaf that can sign), and what it makes to
# be refused must be refused for the reason it stands for.
# CTest labels: foundation
set -u

script=$PIDC_SOURCE_DIR/certs/dev-authority
# shellcheck source=tests/e2e/check.sh
. "$PIDC_SOURCE_DIR/tests/e2e/check.sh"

expect_equal()
{
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

verify()
{
	openssl verify -x509_strict -purpose "$2" -CAfile "$tmp/a/ca.crt" \
		-untrusted "$tmp/a/$1.crt" "$tmp/a/$1.crt" 2>&1
}

extension()
{
	openssl x509 -in "$tmp/a/$1.crt" -noout -ext "$2" 2>/dev/null
}

test_table_is_complete()
{
	count=$(sed 's/#.*//' "$PIDC_SOURCE_DIR/certs/identities.txt" | awk 'NF {n++} END {print n}')
	expect_equal "bindings" "$count" "$(grep -c . "$tmp/a/bindings.jsonl")"
	expect_equal "members with an agent, an officer and a head" 21 "$(
		cd "$tmp/a" && for f in ??-agent.crt; do
			m=${f%-agent.crt}
			[ -f "$m-officer.crt" ] && [ -f "$m-head.crt" ] && echo "$m"
		done | grep -c .)"
	for code in picp oco ffa pifs pilon ppiu iom unhcr unodc bali; do
		for kind in officer agent; do
			[ -f "$tmp/a/$code-$kind.crt" ] || fail "partner $code has no $kind"
		done
	done
}

test_leaves_are_accepted()
{
	for crt in "$tmp"/a/*.crt; do
		name=$(basename "$crt" .crt)
		case $name in ca | outsider | outsider-ca | expired) continue ;; esac
		purpose=sslclient
		[ "$name" = pidcd ] && purpose=sslserver
		verify "$name" $purpose >/dev/null || fail "$name: $(verify "$name" $purpose)"
		expect_equal "$name: names of scheme spiffe" 1 \
			"$(extension "$name" subjectAltName | grep -o 'URI:spiffe://pidc.int/' | wc -l)"
		expect_equal "$name: certificates in the file" 2 "$(grep -c BEGIN "$crt")"
	done
	expect_equal "names of a peer" URI:spiffe://pidc.int/member/tv/agent/a1 \
		"$(extension tv-agent subjectAltName | sed -n '2s/^ *//p')"
	expect_equal "names of the daemon" \
		"URI:spiffe://pidc.int/svc/pidcd/dev, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" \
		"$(extension pidcd subjectAltName | sed -n '2s/^ *//p')"
	extension tv-agent keyUsage,basicConstraints | grep -q CA:FALSE || fail "a leaf may sign"
}

test_refusals()
{
	verify expired sslclient | grep -q 'certificate has expired' || fail "expired: $(verify expired sslclient)"
	verify outsider sslclient | grep -q 'local issuer' || fail "outsider: $(verify outsider sslclient)"
	verify tv-agent sslserver | grep -qi 'purpose' || fail "a peer may pose as the daemon"
	grep -q /unbound "$tmp/a/bindings.jsonl" && fail "unbound is in the register"
}

# An issuing authority cannot name what lies outside the trust domain, nor
# make another authority: the stolen key is worth no more than its constraints.
test_issuing_is_constrained()
{
	ca=$tmp/a/authority
	for uri in spiffe://elsewhere.int/member/tv/agent/a1 spiffe://evil.pidc.int/member/tv/agent/a1; do
		PIDC_URI=$uri PIDC_CA_DIR=$ca openssl req -x509 -config "$PIDC_SOURCE_DIR/certs/peer.cnf" \
			-subj /CN=x -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA "$ca/peers.crt" \
			-CAkey "$ca/peers.key" -keyout "$tmp/x.key" -out "$tmp/x.crt" 2>/dev/null ||
			fail "cannot sign $uri"
		out=$(openssl verify -x509_strict -CAfile "$tmp/a/ca.crt" -untrusted "$ca/peers.crt" "$tmp/x.crt" 2>&1) &&
			fail "$uri accepted"
		echo "$out" | grep -q 'permitted subtree' || fail "$uri: $out"
	done
	openssl x509 -in "$ca/peers.crt" -noout -ext basicConstraints | grep -q pathlen:0 ||
		fail "the issuing authority may make authorities"
}

test_bindings_match_certificates()
{
	/usr/bin/python3 - "$tmp/a" <<-'EOF' || fail "bindings.jsonl"
	import base64, hashlib, json, os, sys, uuid
	from cryptography import x509
	from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

	by_uri, ids = {}, set()
	for line in open(os.path.join(sys.argv[1], "bindings.jsonl")):
	    call = json.loads(line)
	    assert call["method"] == "pidc.v1.IdentityService/RegisterPrincipal", call
	    request = call["request"]
	    by_uri[request["principalId"]] = request
	    ids.add(str(uuid.UUID(request["requestId"])))
	assert len(ids) == len(by_uri), "request ids repeat"
	seen = 0
	for name in os.listdir(sys.argv[1]):
	    if not name.endswith(".crt") or name in ("ca.crt", "outsider.crt", "outsider-ca.crt"):
	        continue
	    with open(os.path.join(sys.argv[1], name), "rb") as file:
	        leaf = x509.load_pem_x509_certificate(file.read())
	    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
	    uri = san.get_values_for_type(x509.UniformResourceIdentifier)[0]
	    if uri not in by_uri:
	        continue
	    seen += 1
	    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
	    assert by_uri[uri]["spkiSha256"] == base64.b64encode(hashlib.sha256(spki).digest()).decode(), name
	    assert by_uri[uri]["notAfter"] == leaf.not_valid_after.isoformat() + "Z", name
	assert seen == len(by_uri), (seen, len(by_uri))
	EOF
	grep -q '"roles":\["ROLE_BOARD_CHAIR","ROLE_BOARD_MEMBER"\]' "$tmp/a/bindings.jsonl" ||
		fail "more than one role"
}

test_modes()
{
	open=$(find "$tmp/a" -name '*.key' ! -perm 600)
	[ -z "$open" ] || fail "keys that others may read: $open"
	expect_equal "mode of authority/" 700 "$(stat -c %a "$tmp/a/authority")"
	closed=$(find "$tmp/a" -maxdepth 1 ! -type d ! -name '*.key' ! -perm 644)
	[ -z "$closed" ] || fail "public files that others cannot read: $closed"
}

test_second_run_keeps_everything()
{
	before=$(cd "$tmp/a" && find . -type f -exec sha256sum {} + | sort)
	sh "$script" "$tmp/a" || fail "second run"
	expect_equal "files after a second run" "$before" "$(cd "$tmp/a" && find . -type f -exec sha256sum {} + | sort)"
}

test_bad_input()
{
	for row in 'a/b x tv member.agent T' 'n path' 'n a/b tv member.agent say "hi"' 'N a/b tv member.agent T'; do
		echo "$row" >"$tmp/table"
		sh "$script" "$tmp/b" --identities "$tmp/table" 2>"$tmp/err" && fail "row accepted: $row"
		grep -q 'not a row' "$tmp/err" || fail "row '$row': $(cat "$tmp/err")"
	done
	sh "$script" "$tmp/b" --identities "$tmp/nowhere" 2>/dev/null && fail "a missing table"
	sh "$script" "$tmp/b" --trust-domain 'a,DNS:b' 2>/dev/null && fail "a trust domain that injects"
	sh "$script" 2>/dev/null
	expect_equal "exit code without DIR" 2 $?
}

sh "$script" "$tmp/a" || fail "dev-authority"
test_table_is_complete
test_leaves_are_accepted
test_refusals
test_issuing_is_constrained
test_bindings_match_certificates
test_modes
test_second_run_keeps_everything
test_bad_input
exit $failed
