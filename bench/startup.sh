#!/usr/bin/env bash
# From exec to the first answered query on existing small data; beside prometheus on its own small data of the same time.
# Needs Debian's packages prometheus and prometheus-node-exporter.
#   bench/startup.sh [RUNS] [SECONDS OF DATA]      default 9 and 60
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-9} seconds=${2:-60}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
./toka --version
toka=artifacts/toka/aot/toka
serve() { "$toka" serve --data "$work/toka" --http 127.0.0.1:14319 --otlp-grpc 127.0.0.1:14317 --otlp-http 127.0.0.1:14318 >>"$work/toka.log" 2>&1; }
cat >"$work/prometheus.yml" <<YML
global: { scrape_interval: 1s }
scrape_configs: [ { job_name: node, static_configs: [ { targets: ["127.0.0.1:19100"] } ] } ]
YML
peer() { prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" --web.listen-address=127.0.0.1:19090 >>"$work/prometheus.log" 2>&1; }

prometheus-node-exporter --web.listen-address=127.0.0.1:19100 >"$work/exporter.log" 2>&1 &
serve & a=$!
peer & b=$!
sleep "$seconds"
pkill -TERM -P "$a" || true; pkill -TERM -P "$b" || true; wait "$a" "$b" || true

# Milliseconds until a query for a series of the old data answers with success.
first() {
  local url=$1 start now
  shift
  start=$(date +%s%N)
  "$@" & local job=$!
  until curl -sf -o /dev/null --max-time 1 "$url/api/v1/query?query=node_load1"; do :; done
  now=$(date +%s%N)
  pkill -TERM -P "$job" || true; wait "$job" || true
  echo $(((now - start) / 1000000))
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] " (" v[1] "–" v[NR] ")" }'; }
for ((i = 0; i < runs; i++)); do
  first http://127.0.0.1:14319 serve >>"$work/toka.ms"
  first http://127.0.0.1:19090 peer >>"$work/prometheus.ms"
done
echo "start to first answered query, ms, median (min–max) of $runs, the client's start included"
echo "toka        $(median <"$work/toka.ms")"
echo "prometheus  $(median <"$work/prometheus.ms")"
awk 'NR == FNR { a[FNR] = $1; next } { print a[FNR] / $1 }' "$work/toka.ms" "$work/prometheus.ms" | sort -n | awk '{ v[NR] = $1 } END { printf "ratio toka / prometheus, median of pairs: %.2f\n", v[int((NR + 1) / 2)] }'
