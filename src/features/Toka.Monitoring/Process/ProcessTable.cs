using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;
using Toka.Core.Telemetry;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>One process that was seen.</summary>
internal sealed class ProcessEntry(int pid) : IDisposable
{
    public int Pid { get; } = pid;

    public ProcessStat Stat { get; set; }

    public byte[] Command { get; set; } = [];

    public ProcessGroupState? Group { get; set; }

    public SafeFileHandle? Handle { get; set; }

    public long LastLook { get; set; }

    public void Dispose() => Handle?.Dispose();
}

/// <summary>
/// All processes, read once a look. The files of up to <see cref="HandlesMax"/> of them stay open; nothing is allocated for
/// a process that was there before. Not thread-safe.
/// </summary>
internal sealed class ProcessTable(CollectorEnvironment environment, string collector) : IDisposable
{
    /// <summary>Files kept open. Opening costs about as much as reading; a usual limit of open files is 1024, and a server
    /// needs some.</summary>
    public const int HandlesMax = 512;

    /// <summary>Processes looked at at most; more are counted as dropped. Linux allows 4 million.</summary>
    public const int ProcessesMax = 32768;

    private readonly Dictionary<int, ProcessEntry> _entries = [];
    private readonly List<int> _gone = [];
    private readonly SelfCounter _overflow = environment.Metrics.Dropped("metrics", "process_limit");
    private readonly string _root = environment.Options.ProcRoot;
    private readonly FileSystemEnumerable<int> _pids = new(
        environment.Options.ProcRoot,
        static (ref FileSystemEntry entry) => int.TryParse(entry.FileName, out var pid) ? pid : 0,
        new EnumerationOptions { AttributesToSkip = 0 })
    {
        ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.FileName.ContainsAnyExceptInRange('0', '9'),
    };

    private long _look;
    private int _handles;

    /// <summary>What is there, after <see cref="TryLook"/>.</summary>
    public IEnumerable<ProcessEntry> Entries => _entries.Values;

    /// <summary>Called with each process that was read: the entry as it was, what it is now, its command's name.</summary>
    public delegate void Visit(ProcessEntry entry, bool isNew, in ProcessStat now, ReadOnlySpan<byte> command);

    /// <summary>Reads all processes.</summary>
    /// <param name="mayHaveNew">Whether there may be processes that the look before did not see; listing them costs.</param>
    /// <param name="visit">Told of each.</param>
    /// <returns>False where the tree cannot be listed.</returns>
    public bool TryLook(bool mayHaveNew, Visit visit)
    {
        _look++;
        if (!mayHaveNew)
        {
            foreach (var entry in _entries.Values)
            {
                Read(entry.Pid, visit);
            }

            DropGone();
            return true;
        }

        try
        {
            foreach (var pid in _pids)
            {
                Read(pid, visit);
            }

            environment.Errors.Recovered(collector, _root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            environment.Errors.Report(collector, _root, e.Message);
            return false;
        }

        DropGone();
        return true;
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Dispose();
        }

        _entries.Clear();
    }

    private void Read(int pid, Visit visit)
    {
        var isNew = !_entries.TryGetValue(pid, out var entry);
        if (isNew)
        {
            if (_entries.Count >= ProcessesMax)
            {
                _overflow.Add();
                return;
            }

            entry = new ProcessEntry(pid);
        }

        if (!TryRead(entry!, out var text))
        {
            return;
        }

        if (!ProcessStat.TryParse(text, out var stat, out var command))
        {
            environment.Errors.Report(collector, Path.Combine(_root, "PID/stat"), "is not a line as proc_pid_stat(5) describes");
            return;
        }

        if (isNew)
        {
            _entries.Add(pid, entry!);
        }
        else if (entry!.Stat.StartTicks != stat.StartTicks)
        {
            // Another process got the pid.
            isNew = true;
        }

        entry!.LastLook = _look;
        visit(entry, isNew, stat, command);
        entry.Stat = stat;
        if (!command.SequenceEqual(entry.Command))
        {
            entry.Command = command.ToArray();
        }
    }

    /// <summary>A process may end at any moment: that it cannot be read then is no fault.</summary>
    private bool TryRead(ProcessEntry entry, out ReadOnlySpan<byte> text)
    {
        text = default;
        try
        {
            if (entry.Handle is null)
            {
                var handle = FileReader.Open($"{_root}/{entry.Pid}/stat");
                if (!environment.Reader.KeepOpen || _handles >= HandlesMax)
                {
                    using (handle)
                    {
                        text = environment.Reader.ReadOnce(handle);
                        return !text.IsEmpty;
                    }
                }

                entry.Handle = handle;
                _handles++;
            }

            text = environment.Reader.ReadOnce(entry.Handle);
            return !text.IsEmpty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An old process's handle, while another already has the pid: opened anew at the next look.
            Close(entry);
            if (e is UnauthorizedAccessException)
            {
                environment.Errors.Report(collector, Path.Combine(_root, "PID/stat"), e.Message);
            }

            return false;
        }
    }

    private void DropGone()
    {
        _gone.Clear();
        foreach (var (pid, entry) in _entries)
        {
            if (entry.LastLook != _look)
            {
                Close(entry);
                _gone.Add(pid);
            }
        }

        foreach (var pid in _gone)
        {
            _entries.Remove(pid);
        }
    }

    private void Close(ProcessEntry entry)
    {
        if (entry.Handle is { } handle)
        {
            handle.Dispose();
            entry.Handle = null;
            _handles--;
        }
    }
}
