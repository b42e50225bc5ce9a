using System.Runtime;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>
/// The .NET runtime of this process: OpenTelemetry's semantic conventions for .NET (dotnet.*), as the OTLP to Prometheus
/// translation names them.
/// </summary>
internal sealed class RuntimeFigures
{
    private static readonly string[] Generations = ["gen0", "gen1", "gen2", "loh", "poh"];
    private static readonly MetricFamily Cpu = MetricFamily.Counter("dotnet_process_cpu_time_seconds_total", "CPU time of the process by mode.");
    private static readonly MetricFamily HeapSize = MetricFamily.Gauge("dotnet_gc_last_collection_heap_size_bytes", "Heap size after the last collection.");
    private static readonly MetricFamily Fragmentation = MetricFamily.Gauge("dotnet_gc_last_collection_heap_fragmentation_size_bytes", "Heap fragmentation after the last collection.");

    private readonly Series[] _cpu;
    private readonly Series _workingSet;
    private readonly Series[] _collections;
    private readonly Series[] _heapSizes;
    private readonly Series[] _fragmentations;
    private readonly List<(Series Series, Func<double> Read)> _single = [];

    public RuntimeFigures(SeriesFactory factory)
    {
        _cpu = [factory.Create(Cpu, ("cpu_mode", "user")), factory.Create(Cpu, ("cpu_mode", "system"))];
        _workingSet = factory.Create(MetricFamily.Gauge("dotnet_process_memory_working_set_bytes", "Working set of the process."));
        var collections = MetricFamily.Counter("dotnet_gc_collections_total", "Garbage collections by generation.");
        _collections = [.. Generations.Take(GC.MaxGeneration + 1).Select(g => factory.Create(collections, ("gc_heap_generation", g)))];
        _heapSizes = [.. Generations.Select(g => factory.Create(HeapSize, ("gc_heap_generation", g)))];
        _fragmentations = [.. Generations.Select(g => factory.Create(Fragmentation, ("gc_heap_generation", g)))];
        void Counter(string name, string help, Func<double> read) => _single.Add((factory.Create(MetricFamily.Counter(name, help)), read));
        void Gauge(string name, string help, Func<double> read) => _single.Add((factory.Create(MetricFamily.Gauge(name, help)), read));
        Gauge("dotnet_process_cpu_count", "CPUs that the process may use.", static () => Environment.ProcessorCount);
        Counter("dotnet_gc_heap_total_allocated_bytes_total", "Bytes allocated on the heap.", static () => GC.GetTotalAllocatedBytes());
        Counter("dotnet_gc_pause_time_seconds_total", "Time paused for garbage collection.", static () => GC.GetTotalPauseDuration().TotalSeconds);
        Counter("dotnet_jit_compiled_il_size_bytes_total", "Size of the IL compiled.", static () => JitInfo.GetCompiledILBytes());
        Counter("dotnet_jit_compiled_methods_total", "Methods compiled.", static () => JitInfo.GetCompiledMethodCount());
        Counter("dotnet_jit_compilation_time_seconds_total", "Time spent compiling.", static () => JitInfo.GetCompilationTime().TotalSeconds);
        Counter("dotnet_monitor_lock_contentions_total", "Waits for a monitor's lock.", static () => Monitor.LockContentionCount);
        Gauge("dotnet_thread_pool_thread_count", "Threads of the pool.", static () => ThreadPool.ThreadCount);
        Gauge("dotnet_thread_pool_queue_length", "Work items that wait for a thread.", static () => ThreadPool.PendingWorkItemCount);
        Counter("dotnet_thread_pool_work_item_count_total", "Work items done by the pool.", static () => ThreadPool.CompletedWorkItemCount);
        Gauge("dotnet_timer_count", "Timers that run.", static () => Timer.ActiveCount);
    }

    /// <summary>Hands over all figures.</summary>
    /// <param name="residentBytes">The working set, which the runtime would read from procfs once more.</param>
    /// <param name="sink">Takes them.</param>
    public void Collect(double residentBytes, SampleSink sink)
    {
        if (residentBytes > 0)
        {
            sink.Add(_workingSet, residentBytes);
        }

        var usage = Environment.CpuUsage;
        sink.Add(_cpu[0], usage.UserTime.TotalSeconds);
        sink.Add(_cpu[1], usage.PrivilegedTime.TotalSeconds);

        // A collection of a generation collects the younger ones too; OpenTelemetry counts it once.
        var older = 0;
        for (var generation = _collections.Length - 1; generation >= 0; generation--)
        {
            var count = GC.CollectionCount(generation);
            sink.Add(_collections[generation], count - older);
            older = count;
        }

        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        if (memory.Index > 0)
        {
            var generations = memory.GenerationInfo;
            for (var i = 0; i < Math.Min(generations.Length, _heapSizes.Length); i++)
            {
                sink.Add(_heapSizes[i], generations[i].SizeAfterBytes);
                sink.Add(_fragmentations[i], generations[i].FragmentationAfterBytes);
            }
        }

        foreach (var (series, read) in _single)
        {
            sink.Add(series, read());
        }
    }
}
