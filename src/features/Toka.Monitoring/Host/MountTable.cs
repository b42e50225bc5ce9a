using System.Text;
using System.Text.RegularExpressions;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>One mounted file system that is watched.</summary>
/// <param name="Device">What is mounted.</param>
/// <param name="Type">The file system's type.</param>
/// <param name="Point">Where it is mounted.</param>
internal sealed record Mount(string Device, string Type, string Point);

/// <summary>Reads <c>/proc/PID/mountinfo</c> (proc_pid_mountinfo(5)) and chooses what is watched, as node_exporter does by default.</summary>
internal static partial class MountTable
{
    /// <summary>
    /// The mounts that are watched, each once. The root is watched whatever its type: in a container it is an overlay, and
    /// without it there would be no file system at all.
    /// </summary>
    /// <param name="text">The file's content.</param>
    /// <param name="malformed">How many lines were not understood.</param>
    public static List<Mount> Parse(ReadOnlySpan<byte> text, out int malformed)
    {
        malformed = 0;
        var mounts = new List<Mount>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Fields.TryLine(ref text, out var line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            var separator = line.IndexOf(" - "u8);
            var tail = separator < 0 ? default : line[(separator + 3)..];
            if (!Fields.TrySkip(ref line, 4) || !Fields.TryWord(ref line, out var point) ||
                !Fields.TryWord(ref tail, out var type) || !Fields.TryWord(ref tail, out var device))
            {
                malformed++;
                continue;
            }

            var mount = new Mount(Unescape(device), Unescape(type), Unescape(point));
            var isWatched = mount.Point == "/" ? mount.Type != "rootfs" : !IgnoredPoint().IsMatch(mount.Point) && !IgnoredType().IsMatch(mount.Type);
            if (!isWatched)
            {
                continue;
            }

            // A later mount hides an earlier one of the same place.
            if (!seen.Add(mount.Point))
            {
                mounts.RemoveAll(m => m.Point == mount.Point);
            }

            mounts.Add(mount);
        }

        return mounts;
    }

    /// <summary>The kernel writes space, tab, line feed and backslash as a backslash and three octal digits.</summary>
    private static string Unescape(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(text);
        }

        var plain = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.Slice(i + 1, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0)
            {
                plain[length++] = (byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0'));
                i += 3;
            }
            else
            {
                plain[length++] = text[i];
            }
        }

        return Encoding.UTF8.GetString(plain.AsSpan(0, length));
    }

    [GeneratedRegex("^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)", RegexOptions.CultureInvariant)]
    private static partial Regex IgnoredPoint();

    [GeneratedRegex(
        "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore" +
        "|rootfs|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex IgnoredType();
}
