using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>
/// Size and use of the mounted file systems. Asking one of them can block for as long as its server is away (NFS), so a
/// thread of the pool asks and the collector hands over what is known; a file system that does not answer within
/// <see cref="StuckAfterMs"/> is given up until it does, and says <c>node_filesystem_device_error</c> 1.
/// </summary>
internal sealed class FileSystemCollector : ICollector
{
    /// <summary>Ms after which a file system counts as hanging. Five seconds, as node_exporter waits.</summary>
    public const long StuckAfterMs = 5000;

    /// <summary>File systems watched at most.</summary>
    public const int MountsMax = 1024;

    /// <summary>Threads that may hang at the same time; with more hanging file systems the others are no longer asked.</summary>
    public const int HangingMax = 4;

    private readonly CollectorEnvironment _environment;
    private readonly Func<string, FileSystemUse> _ask;
    private readonly Action<Action> _start;
    private readonly SourceFile _ofInit;
    private readonly SourceFile _ofSelf;
    private readonly Dictionary<Mount, Watched> _watched = [];
    private byte[] _mountInfo = [];
    private Round? _round;
    private int _hanging;

    /// <param name="environment">The trees.</param>
    /// <param name="ask">Asks one file system, by its path; may block.</param>
    /// <param name="start">Runs something beside the collection.</param>
    public FileSystemCollector(CollectorEnvironment environment, Func<string, FileSystemUse> ask, Action<Action> start)
    {
        _environment = environment;
        _ask = ask;
        _start = start;
        _ofInit = environment.Proc(Name, "1/mountinfo", optional: true);
        _ofSelf = environment.Proc(Name, "self/mountinfo");
    }

    public FileSystemCollector(CollectorEnvironment environment)
        : this(environment, StatVfs.Read, static action => ThreadPool.UnsafeQueueUserWorkItem(static a => a(), action, preferLocal: false))
    {
    }

    public string Name => "filesystem";

    public void Prepare(in CollectContext context)
    {
        RefreshMounts();
        if (_round is { } round && !round.IsDone)
        {
            if (context.NowMs - round.StartedMs < StuckAfterMs)
            {
                return;
            }

            Abandon(round);
        }

        if (_hanging >= HangingMax)
        {
            return;
        }

        var next = new Round([.. _watched.Values.Where(w => !w.IsStuck)], context.NowMs, _ask);
        _round = next;
        _start(next.Run);
    }

    public void Collect(in CollectContext context, SampleSink sink)
    {
        foreach (var watched in _watched.Values)
        {
            if (watched.TryEmit(sink))
            {
                _environment.Errors.Recovered(Name, watched.Path);
            }
        }
    }

    /// <summary>Gives up a round whose file system hangs. Its thread goes on waiting, and frees the file system when it returns.</summary>
    private void Abandon(Round round)
    {
        if (round.Current is not { } stuck)
        {
            return;
        }

        Interlocked.Increment(ref _hanging);
        stuck.IsStuck = true;
        _environment.Errors.Report(Name, stuck.Path, $"has not answered statvfs for {StuckAfterMs} ms");
        round.WhenFreed(() =>
        {
            stuck.IsStuck = false;
            Interlocked.Decrement(ref _hanging);
        });
    }

    private void RefreshMounts()
    {
        if (!_ofInit.TryRead(out var text) && !_ofSelf.TryRead(out text))
        {
            _watched.Clear();
            _mountInfo = [];
            return;
        }

        if (text.SequenceEqual(_mountInfo))
        {
            return;
        }

        _mountInfo = text.ToArray();
        var mounts = MountTable.Parse(_mountInfo, out var malformed);
        if (malformed > 0)
        {
            _ofInit.Malformed($"has {malformed} lines that are not mounts");
        }

        if (mounts.Count > MountsMax)
        {
            _environment.Metrics.Dropped("metrics", "device_limit").Add(mounts.Count - MountsMax);
            mounts.RemoveRange(MountsMax, mounts.Count - MountsMax);
        }

        foreach (var gone in _watched.Keys.Except(mounts).ToList())
        {
            _watched.Remove(gone);
        }

        foreach (var mount in mounts)
        {
            _watched.TryAdd(mount, new Watched(_environment, mount));
        }
    }

    /// <summary>One pass over the file systems, by one thread.</summary>
    private sealed class Round(Watched[] watched, long startedMs, Func<string, FileSystemUse> ask)
    {
        private readonly Lock _lock = new();
        private Action? _freed;
        private bool _abandoned;
        private volatile bool _done;
        private volatile Watched? _current;

        public long StartedMs => startedMs;

        public bool IsDone => _done;

        /// <summary>The one that is being asked.</summary>
        public Watched? Current => _current;

        public void Run()
        {
            foreach (var one in watched)
            {
                _current = one;
                var use = ask(one.Path);
                lock (_lock)
                {
                    if (_abandoned)
                    {
                        _freed?.Invoke();
                        return;
                    }
                }

                one.Answer(use);
            }

            _done = true;
        }

        /// <summary>Ends the round: after the answer it waits for, it does no more than this.</summary>
        public void WhenFreed(Action freed)
        {
            lock (_lock)
            {
                _abandoned = true;
                _freed = freed;
            }
        }
    }

    /// <summary>A file system with its last answer.</summary>
    private sealed class Watched
    {
        private static readonly MetricFamily[] Families =
        [
            MetricFamily.Gauge("node_filesystem_size_bytes", "Size."),
            MetricFamily.Gauge("node_filesystem_free_bytes", "Free, with what is reserved for root."),
            MetricFamily.Gauge("node_filesystem_avail_bytes", "Free for others than root."),
            MetricFamily.Gauge("node_filesystem_files", "Inodes."),
            MetricFamily.Gauge("node_filesystem_files_free", "Free inodes."),
            MetricFamily.Gauge("node_filesystem_readonly", "1 where it is mounted read-only."),
        ];

        private static readonly MetricFamily DeviceError = MetricFamily.Gauge("node_filesystem_device_error", "1 where the file system could not be asked.");

        private readonly Series[] _series;
        private readonly Series _error;
        private readonly Lock _lock = new();
        private FileSystemUse _use;
        private bool _answered;
        private volatile bool _stuck;

        public Watched(CollectorEnvironment environment, Mount mount)
        {
            Path = mount.Point == "/" ? environment.Options.RootFs : System.IO.Path.Combine(environment.Options.RootFs, mount.Point.TrimStart('/'));
            Series Create(MetricFamily family) => environment.Node.Create(
                family, ("device", mount.Device), ("fstype", mount.Type), ("mountpoint", mount.Point));
            _series = [.. Families.Select(Create)];
            _error = Create(DeviceError);
        }

        public string Path { get; }

        public bool IsStuck
        {
            get => _stuck;
            set => _stuck = value;
        }

        public void Answer(FileSystemUse use)
        {
            lock (_lock)
            {
                _use = use;
                _answered = true;
            }
        }

        /// <returns>Whether its use is known.</returns>
        public bool TryEmit(SampleSink sink)
        {
            FileSystemUse use;
            lock (_lock)
            {
                if (!_answered && !_stuck)
                {
                    return false;
                }

                use = _use;
            }

            var isKnown = use.IsKnown && !_stuck;
            sink.Add(_error, isKnown ? 0 : 1);
            if (isKnown)
            {
                sink.Add(_series[0], use.SizeBytes);
                sink.Add(_series[1], use.FreeBytes);
                sink.Add(_series[2], use.AvailableBytes);
                sink.Add(_series[3], use.Files);
                sink.Add(_series[4], use.FilesFree);
                sink.Add(_series[5], use.IsReadOnly ? 1 : 0);
            }

            return isKnown;
        }
    }
}
