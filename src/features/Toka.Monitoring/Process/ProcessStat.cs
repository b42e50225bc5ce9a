using System.Buffers.Text;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Process;

/// <summary>The fields of <c>/proc/PID/stat</c> (proc_pid_stat(5)) that are kept.</summary>
internal readonly record struct ProcessStat(
    byte State, int Parent, ulong UserTicks, ulong SystemTicks, int Threads, ulong StartTicks, ulong VirtualBytes, long ResidentPages)
{
    /// <summary>Understands a line.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="stat">The fields.</param>
    /// <param name="command">The command's name, which may hold anything, brackets and spaces too.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcessStat stat, out ReadOnlySpan<byte> command)
    {
        stat = default;
        command = default;
        var open = text.IndexOf((byte)'(');
        var close = text.LastIndexOf((byte)')');
        if (open < 0 || close < open || text.Length < close + 3)
        {
            return false;
        }

        command = text[(open + 1)..close];
        var rest = text[(close + 2)..].TrimEnd((byte)'\n');
        var state = rest[0];
        if (!Fields.TrySkip(ref rest, 1) || !TryInt(ref rest, out var parent) ||
            !Fields.TrySkip(ref rest, 9) ||
            !Fields.TryCount(ref rest, out var user) || !Fields.TryCount(ref rest, out var system) ||
            !Fields.TrySkip(ref rest, 4) || !TryInt(ref rest, out var threads) ||
            !Fields.TrySkip(ref rest, 1) || !Fields.TryCount(ref rest, out var start) ||
            !Fields.TryCount(ref rest, out var virtualBytes) || !TryInt(ref rest, out var resident))
        {
            return false;
        }

        stat = new ProcessStat(state, (int)parent, user, system, (int)threads, start, virtualBytes, resident);
        return true;
    }

    private static bool TryInt(ref ReadOnlySpan<byte> rest, out long value)
    {
        value = 0;
        return Fields.TryWord(ref rest, out var word) && Utf8Parser.TryParse(word, out value, out var used) && used == word.Length;
    }
}
