#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/disk.py on a register of its own whose tables, and whose WAL, lie on
# small disks. Only root can make those, in a private mount namespace that ends
# with this script.
# CTest labels: foundation
# CTest timeout: 300
set -eu
if [ "${PIDC_NAMESPACE:-}" != private ]; then
	[ "$(id -u)" -eq 0 ] || { echo "only root can mount a small disk"; exit 77; }
	unshare -m --propagation private mount -t tmpfs -o size=64k tmpfs /mnt 2>/dev/null ||
		{ echo "no private mounts here (unshare -m, tmpfs)"; exit 77; }
	PIDC_NAMESPACE=private exec unshare -m --propagation private sh "$0"
fi
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
# shellcheck source=tests/lib/pg.sh
. "$PIDC_SOURCE_DIR/tests/lib/pg.sh"

# small_disk FOLDER SIZE: what is in it moves to a disk of this size.
small_disk()
{
	mv "$1" "$1.moved"
	pg_as mkdir -m 700 "$1"
	mount -t tmpfs -o "size=$2,mode=700,uid=$(id -u postgres),gid=$(id -g postgres)" tmpfs "$1"
	pg_as cp -a "$1.moved/." "$1"
	rm -rf "$1.moved"
}

register_up
"$PIDC_SOURCE_DIR/dev" down
data=$(readlink "$PIDC_STATE/pg")/data
small_disk "$data/base" 96m
small_disk "$data/pg_wal" 96m
trap '"$PIDC_SOURCE_DIR/dev" down; umount "$data/base" "$data/pg_wal"
	"$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$register_dir"' EXIT
"$PIDC_SOURCE_DIR/dev" start
PIDC_PG_DATA=$data /usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/disk.py"
