#!/usr/bin/env bash
# What watching this host each second costs: toka serve beside netdata, and beside node_exporter with prometheus.
# All run in the same minutes; RSS and CPU are read from /proc of each and of its children.
# Needs Debian's packages prometheus, prometheus-node-exporter and netdata-core.
#   bench/footprint.sh [SECONDS]      default 60, after 20 s of settling
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
work=$(mktemp -d)
declare -A pids
stop() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT

need() { command -v "$1" >/dev/null || { echo "bench/footprint.sh: $1 is missing: apt-get install prometheus prometheus-node-exporter netdata-core" >&2; exit 2; }; }
need prometheus; need prometheus-node-exporter; need netdata

./toka --version
toka=artifacts/toka/aot/toka
"$toka" serve --data "$work/toka" --http 127.0.0.1:14319 --otlp-grpc 127.0.0.1:14317 --otlp-http 127.0.0.1:14318 >"$work/toka.log" 2>&1 & pids[toka]=$!

prometheus-node-exporter --web.listen-address=127.0.0.1:19100 >"$work/exporter.log" 2>&1 & pids[node_exporter]=$!
cat >"$work/prometheus.yml" <<YML
global: { scrape_interval: 1s }
scrape_configs: [ { job_name: node, static_configs: [ { targets: ["127.0.0.1:19100"] } ] } ]
YML
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" --web.listen-address=127.0.0.1:19090 >"$work/prometheus.log" 2>&1 & pids[prometheus]=$!

mkdir -p "$work/netdata/"{cache,lib,log,etc}
cat >"$work/netdata/etc/netdata.conf" <<CONF
[global]
    run as user = $(id -un)
[directories]
    cache = $work/netdata/cache
    lib = $work/netdata/lib
    log = $work/netdata/log
[db]
    update every = 1
[web]
    bind to = 127.0.0.1:19999
[health]
    enabled = no
[statsd]
    enabled = no
CONF
netdata -D -c "$work/netdata/etc/netdata.conf" >"$work/netdata.log" 2>&1 & pids[netdata]=$!

tree() { local pid=$1; echo "$pid"; local child; for child in $(cat /proc/"$pid"/task/*/children 2>/dev/null); do tree "$child"; done; }
ticks() { local sum=0 pid; for pid in $(tree "$1"); do [ -r "/proc/$pid/stat" ] && sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'))); done; echo "$sum"; }
rss() { local sum=0 pid; for pid in $(tree "$1"); do [ -r "/proc/$pid/smaps_rollup" ] && sum=$((sum + $(awk '/^Rss:/ {print $2}' "/proc/$pid/smaps_rollup"))); done; echo "$sum"; }

sleep 20
declare -A before
for name in "${!pids[@]}"; do kill -0 "${pids[$name]}" || { echo "$name did not stay up:" >&2; tail -5 "$work/$name.log" >&2; exit 1; }; before[$name]=$(ticks "${pids[$name]}"); done
sleep "$seconds"
hz=$(getconf CLK_TCK)
declare -A cpu mem
for name in "${!pids[@]}"; do
  cpu[$name]=$(awk -v a="${before[$name]}" -v b="$(ticks "${pids[$name]}")" -v hz="$hz" -v s="$seconds" 'BEGIN { printf "%.3f", (b - a) / hz / s * 100 }')
  mem[$name]=$(rss "${pids[$name]}")
done

echo
printf '%-28s %14s %16s\n' "$seconds s at 1 s" 'CPU % of core' 'RSS MiB'
row() { printf '%-28s %14s %16s\n' "$1" "$2" "$(awk -v k="$3" 'BEGIN { printf "%.1f", k / 1024 }')"; }
row toka "${cpu[toka]}" "${mem[toka]}"
row netdata "${cpu[netdata]}" "${mem[netdata]}"
both_cpu=$(awk -v a="${cpu[node_exporter]}" -v b="${cpu[prometheus]}" 'BEGIN { print a + b }')
both_mem=$((mem[node_exporter] + mem[prometheus]))
row 'node_exporter + prometheus' "$both_cpu" "$both_mem"
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'; }
echo "ratio to netdata: CPU $(ratio "${cpu[toka]}" "${cpu[netdata]}"), RSS $(ratio "${mem[toka]}" "${mem[netdata]}")"
echo "ratio to node_exporter + prometheus: CPU $(ratio "${cpu[toka]}" "$both_cpu"), RSS $(ratio "${mem[toka]}" "$both_mem")"
