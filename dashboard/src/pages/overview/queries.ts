import type { ChartSpec, Query } from '../../lib/charts/model';
import type { Unit } from '../../lib/format/value';

/**
 * Every number of the overview that comes from a query. `$w` is the window of a rate: five seconds, or the chart's step
 * where that is longer, so that no sample between two points goes unseen.
 */

const disks = 'job="node",device!~"loop.*|ram.*|zram.*|dm-.*|md.*"';
const links = 'job="node",device!~"lo|veth.*|docker.*|br-.*|virbr.*|ifb.*|dummy.*"';
const volumes = 'job="node",fstype!~"tmpfs|ramfs|devtmpfs|squashfs|overlay|proc|sysfs|cgroup.*|nsfs|autofs"';

export interface TileSpec {
  id: string;
  label: string;
  unit: Unit;
  query: Query;
  /** The sparkline ends here at the top; without it at its largest value. */
  max?: number;
  /** Small facts under the value: a label and a query for each. */
  details: { label: string; unit: Unit; expr: string }[];
  /** The chart that tells more. */
  chart: string;
}

const busy = '1 - avg(sum by (cpu) (rate(node_cpu_seconds_total{job="node",mode=~"idle|iowait"}[$w])))';

export const tiles: TileSpec[] = [
  {
    id: 'tile-cpu', label: 'CPU', unit: 'ratio', max: 1, chart: 'cpu-modes',
    query: { expr: busy, name: 'busy' },
    details: [{ label: 'load', unit: 'number', expr: 'node_load1{job="node"}' }],
  },
  {
    id: 'tile-memory', label: 'Memory', unit: 'ratio', max: 1, chart: 'memory',
    query: { expr: '1 - node_memory_MemAvailable_bytes{job="node"} / node_memory_MemTotal_bytes{job="node"}', name: 'used' },
    details: [{ label: 'available', unit: 'bytes', expr: 'node_memory_MemAvailable_bytes{job="node"}' }],
  },
  {
    id: 'tile-disk', label: 'Disk', unit: 'bytes/s', chart: 'disk-throughput',
    query: { expr: `sum(rate(node_disk_read_bytes_total{${disks}}[$w])) + sum(rate(node_disk_written_bytes_total{${disks}}[$w]))`, name: 'read and written' },
    details: [{ label: 'busy', unit: 'ratio', expr: `max(rate(node_disk_io_time_seconds_total{${disks}}[$w]))` }],
  },
  {
    id: 'tile-network', label: 'Network', unit: 'bytes/s', chart: 'network',
    query: { expr: `sum(rate(node_network_receive_bytes_total{${links}}[$w])) + sum(rate(node_network_transmit_bytes_total{${links}}[$w]))`, name: 'in and out' },
    details: [{ label: 'in', unit: 'bytes/s', expr: `sum(rate(node_network_receive_bytes_total{${links}}[$w]))` }],
  },
];

const latency = `(rate(node_disk_read_time_seconds_total{${disks}}[$w]) + rate(node_disk_write_time_seconds_total{${disks}}[$w]))`
  + ` / (rate(node_disk_reads_completed_total{${disks}}[$w]) + rate(node_disk_writes_completed_total{${disks}}[$w]) > 0)`;

/** Of the host's processors, memory and disks, two abreast: neighbours have legends of one height. */
export const charts: ChartSpec[] = [
  {
    id: 'cpu-modes', title: 'Where does CPU time go?', unit: 'ratio', max: 1, stack: true, rows: 5,
    order: ['programs', 'kernel', 'interrupts', 'wait for I/O', 'stolen'],
    queries: ([['programs', 'user|nice'], ['kernel', 'system'], ['interrupts', 'irq|softirq'], ['wait for I/O', 'iowait'], ['stolen', 'steal']] as const)
      .map(([name, modes]) => ({ expr: `avg(sum by (cpu) (rate(node_cpu_seconds_total{job="node",mode=~"${modes}"}[$w])))`, name })),
    empty: 'No CPU times yet. They come from /proc/stat, each collection interval.',
  },
  {
    id: 'cpu-cores', title: 'Which cores are busy?', unit: 'ratio', max: 1, others: 'mean', rows: 5,
    queries: [{ expr: '1 - sum by (cpu) (rate(node_cpu_seconds_total{job="node",mode=~"idle|iowait"}[$w]))', name: 'core {{cpu}}' }],
    empty: 'No CPU times yet. They come from /proc/stat, each collection interval.',
  },
  {
    id: 'load', title: 'Do tasks queue for the CPU?', unit: 'number', rows: 3,
    queries: [
      { expr: 'node_load1{job="node"}', name: 'load, 1 min' },
      { expr: 'node_load5{job="node"}', name: 'load, 5 min' },
      { expr: 'node_load15{job="node"}', name: 'load, 15 min' },
    ],
    empty: 'No load yet. It comes from /proc/loadavg.',
  },
  {
    id: 'pressure', title: 'What do tasks wait for?', unit: 'ratio', rows: 3,
    queries: [
      { expr: 'rate(node_pressure_cpu_waiting_seconds_total{job="node"}[$w])', name: 'wait for CPU' },
      { expr: 'rate(node_pressure_memory_waiting_seconds_total{job="node"}[$w])', name: 'wait for memory' },
      { expr: 'rate(node_pressure_io_waiting_seconds_total{job="node"}[$w])', name: 'wait for I/O' },
    ],
    empty: 'This kernel reports no pressure. It needs Linux 4.20 or later with /proc/pressure (boot option psi=1).',
  },
  {
    id: 'memory', title: 'What fills memory?', unit: 'bytes', stack: true, rows: 4,
    order: ['used', 'buffers', 'cached', 'free'],
    queries: [
      {
        expr: 'node_memory_MemTotal_bytes{job="node"} - node_memory_MemFree_bytes{job="node"}'
          + ' - node_memory_Buffers_bytes{job="node"} - node_memory_Cached_bytes{job="node"}',
        name: 'used',
      },
      { expr: 'node_memory_Buffers_bytes{job="node"}', name: 'buffers' },
      { expr: 'node_memory_Cached_bytes{job="node"}', name: 'cached' },
      { expr: 'node_memory_MemFree_bytes{job="node"}', name: 'free' },
    ],
    empty: 'No memory figures yet. They come from /proc/meminfo.',
  },
  {
    id: 'paging', title: 'Does memory run short?', unit: '/s', rows: 4,
    queries: [
      { expr: 'rate(node_vmstat_pgmajfault{job="node"}[$w])', name: 'pages fetched from disk' },
      { expr: 'rate(node_vmstat_pswpin{job="node"}[$w])', name: 'pages swapped in' },
      { expr: 'rate(node_vmstat_pswpout{job="node"}[$w])', name: 'pages swapped out' },
    ],
    empty: 'No paging figures yet. They come from /proc/vmstat.',
  },
  {
    id: 'disk-throughput', title: 'How much do disks read and write?', unit: 'bytes/s', rows: 3,
    queries: [
      { expr: `rate(node_disk_read_bytes_total{${disks}}[$w])`, name: '{{device}} read' },
      { expr: `rate(node_disk_written_bytes_total{${disks}}[$w])`, name: '{{device}} written' },
    ],
    empty: 'No disks found. They come from /proc/diskstats; inside some containers that file is empty.',
  },
  {
    id: 'disk-operations', title: 'How many operations do disks complete?', unit: '/s', rows: 3,
    queries: [
      { expr: `rate(node_disk_reads_completed_total{${disks}}[$w])`, name: '{{device}} reads' },
      { expr: `rate(node_disk_writes_completed_total{${disks}}[$w])`, name: '{{device}} writes' },
    ],
    empty: 'No disks found. They come from /proc/diskstats; inside some containers that file is empty.',
  },
  {
    id: 'disk-latency', title: 'How long does a disk operation take?', unit: 'seconds', others: 'mean', rows: 3,
    queries: [{ expr: latency, name: '{{device}}' }],
    empty: 'No disk has done anything in this time.',
  },
  {
    id: 'disk-busy', title: 'How busy are the disks?', unit: 'ratio', max: 1, others: 'mean', rows: 3,
    queries: [{ expr: `rate(node_disk_io_time_seconds_total{${disks}}[$w])`, name: '{{device}}' }],
    empty: 'No disks found. They come from /proc/diskstats; inside some containers that file is empty.',
  },
];

/** Below the file systems. */
export const networkCharts: ChartSpec[] = [
  {
    id: 'network', title: 'What crosses the network?', unit: 'bytes/s', rows: 3,
    queries: [
      { expr: `rate(node_network_receive_bytes_total{${links}}[$w])`, name: '{{device}} in' },
      { expr: `rate(node_network_transmit_bytes_total{${links}}[$w])`, name: '{{device}} out' },
    ],
    empty: 'No network interface but the loopback.',
  },
  {
    id: 'network-loss', title: 'Does the network lose packets?', unit: '/s', rows: 3,
    queries: [
      { expr: `sum by (device) (rate(node_network_receive_errs_total{${links}}[$w]) + rate(node_network_transmit_errs_total{${links}}[$w]))`, name: '{{device}} errors' },
      { expr: `sum by (device) (rate(node_network_receive_drop_total{${links}}[$w]) + rate(node_network_transmit_drop_total{${links}}[$w]))`, name: '{{device}} drops' },
      { expr: 'rate(node_netstat_Tcp_RetransSegs{job="node"}[$w])', name: 'TCP sent again' },
    ],
    empty: 'No network interface but the loopback.',
  },
  {
    id: 'sockets', title: 'How many sockets are open?', unit: 'number', rows: 3,
    queries: [
      { expr: 'node_sockstat_TCP_inuse{job="node"}', name: 'TCP in use' },
      { expr: 'node_sockstat_TCP_tw{job="node"}', name: 'TCP closing' },
      { expr: 'node_sockstat_UDP_inuse{job="node"}', name: 'UDP in use' },
    ],
    empty: 'No socket counts yet. They come from /proc/net/sockstat.',
  },
  {
    id: 'connections', title: 'How many connections begin?', unit: '/s', rows: 3,
    queries: [
      { expr: 'rate(node_netstat_Tcp_PassiveOpens{job="node"}[$w])', name: 'TCP accepted' },
      { expr: 'rate(node_netstat_Tcp_ActiveOpens{job="node"}[$w])', name: 'TCP opened' },
      { expr: 'rate(node_netstat_Tcp_AttemptFails{job="node"}[$w])', name: 'TCP failed' },
    ],
    empty: 'No connection counts yet. They come from /proc/net/snmp.',
  },
];

/** A chart of what only some hosts have: shown where the condition has a value. */
export interface OptionalChart extends ChartSpec {
  when: string;
}

export const optionalCharts: OptionalChart[] = [
  {
    id: 'swap', title: 'How full is the swap space?', unit: 'bytes', rows: 2,
    when: 'node_memory_SwapTotal_bytes{job="node"} > 0',
    queries: [
      { expr: '(node_memory_SwapTotal_bytes{job="node"} - node_memory_SwapFree_bytes{job="node"}) and node_memory_SwapTotal_bytes{job="node"} > 0', name: 'swap used' },
      { expr: 'node_memory_SwapTotal_bytes{job="node"} > 0', name: 'swap space' },
    ],
    empty: 'This host has no swap space, so it cannot swap.',
  },
  {
    id: 'container-memory', title: 'How close is the container to its memory limit?', unit: 'bytes', rows: 2,
    when: 'container_spec_memory_limit_bytes{job="node"} > 0',
    queries: [
      { expr: 'container_memory_working_set_bytes{job="node"} and container_spec_memory_limit_bytes{job="node"} > 0', name: 'in use' },
      { expr: 'container_spec_memory_limit_bytes{job="node"} > 0', name: 'limit' },
    ],
    empty: 'The container has no memory limit.',
  },
  {
    id: 'container-cpu', title: 'How close is the container to its CPU limit?', unit: 'number', rows: 3,
    when: 'container_spec_cpu_quota{job="node"} > 0',
    queries: [
      { expr: 'rate(container_cpu_usage_seconds_total{job="node"}[$w]) and container_spec_cpu_quota{job="node"} > 0', name: 'cores in use' },
      { expr: 'container_spec_cpu_quota{job="node"} / container_spec_cpu_period{job="node"}', name: 'cores allowed' },
      { expr: 'rate(container_cpu_cfs_throttled_seconds_total{job="node"}[$w])', name: 'seconds throttled, each second' },
    ],
    empty: 'The container has no CPU limit.',
  },
  {
    id: 'container-tasks', title: 'How close is the container to its limit of tasks?', unit: 'number', rows: 2,
    when: 'container_threads_max{job="node"} > 0',
    queries: [
      { expr: 'container_threads{job="node"} and container_threads_max{job="node"} > 0', name: 'tasks' },
      { expr: 'container_threads_max{job="node"} > 0', name: 'limit' },
    ],
    empty: 'The container has no limit of tasks.',
  },
];

/** File systems are bars, not lines: the newest size and free space of each. */
export const fileSystems: Query[] = [
  { expr: `node_filesystem_size_bytes{${volumes}} > 0`, name: '{{mountpoint}}' },
  { expr: `node_filesystem_avail_bytes{${volumes}}`, name: '{{mountpoint}}' },
];

/** What Toka itself costs, at the foot of the page. */
export const ownCharts: ChartSpec[] = [
  {
    id: 'toka-cpu', title: 'How much CPU does Toka use?', unit: 'ratio', rows: 1,
    queries: [{ expr: 'rate(toka_self_cpu_seconds_total[$w])', name: 'Toka, of one core' }],
    empty: 'Toka has not measured itself yet.',
  },
  {
    id: 'toka-memory', title: 'How much memory does Toka use?', unit: 'bytes', rows: 1,
    queries: [{ expr: 'toka_self_memory_bytes', name: 'Toka, resident' }],
    empty: 'Toka has not measured itself yet.',
  },
];
