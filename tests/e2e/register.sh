# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced by tests that need a register of their own: PIDC_STATE and PIDC_BUILD
# make ./dev keep it in a temporary folder, on the build under test, until the
# shell ends.
register_dir=$(mktemp -d /tmp/pidcd-test-XXXXXX)
chmod 755 "$register_dir"
export PIDC_STATE="$register_dir/up" PIDC_BUILD="$PIDC_BUILD_DIR"
trap '"$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$register_dir"' EXIT

# Start the daemon and export the variables of its env file.
register_up()
{
	"$PIDC_SOURCE_DIR/dev" up >/dev/null
	set -a
	# shellcheck disable=SC1091 # written by up
	. "$PIDC_STATE/env"
	set +a
}

# A Board that had adopted its rules before there was a register: they ask for no notice.
board_without_notice()
{
	cat >"$register_dir/rules.jsonl" <<-END
	{"method": "pidc.v1.BoardService/RecordBoardRules", "request": {"requestId": "0b6f3c6e-5a80-4a57-9a0a-2f6d4f6a8a21", "rules": {"quorumOverPercent": 50, "ballotsMinPercent": 50, "ballotsMin": 3, "electorsMin": 3, "majorityOverPercent": 50, "instrumentDigest": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}}
	END
	"$PIDC_PIDCD" --config "$PIDC_CONFIG" --import "$register_dir/rules.jsonl" >/dev/null
}
