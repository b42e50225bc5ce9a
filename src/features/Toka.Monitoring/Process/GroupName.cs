using System.Text;

namespace Toka.Monitoring.Process;

/// <summary>
/// The name that processes are grouped by: the command's name, without what makes it one process's own. Names must stay few
/// and must not hold a pid.
/// </summary>
internal static class GroupName
{
    /// <summary>Digits in a row that make a number a generated one, such as a pid.</summary>
    public const int GeneratedDigits = 4;

    private const int KernelThreadParent = 2;

    /// <summary>The group of a process.</summary>
    /// <param name="command">Its command's name.</param>
    /// <param name="pid">Its pid.</param>
    /// <param name="parent">Its parent's pid; 2 is the father of the kernel's threads.</param>
    public static string Of(ReadOnlySpan<byte> command, int pid, int parent)
    {
        var name = Encoding.UTF8.GetString(command);
        if (pid == KernelThreadParent || parent == KernelThreadParent)
        {
            // kworker/0:1-events, jbd2/vda-8, scsi_eh_0: the kind is what stands before.
            var end = name.AsSpan().IndexOfAny('/', ':');
            name = (end > 0 ? name[..end] : name).TrimEnd("0123456789-_.".ToCharArray());
        }

        return name.Length == 0 ? "unnamed" : WithoutGenerated(name, pid);
    }

    /// <summary>Puts N for the process's own pid and for every number of <see cref="GeneratedDigits"/> digits or more.</summary>
    private static string WithoutGenerated(string name, int pid)
    {
        if (name.AsSpan().IndexOfAnyInRange('0', '9') < 0)
        {
            return name;
        }

        var plain = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length;)
        {
            var end = i;
            while (end < name.Length && char.IsAsciiDigit(name[end]))
            {
                end++;
            }

            var digits = name.AsSpan(i, end - i);
            if (digits.IsEmpty)
            {
                plain.Append(name[i++]);
                continue;
            }

            // Below ten a pid and a version cannot be told apart, and such pids are the kernel's.
            var isPid = digits.Length > 1 && int.TryParse(digits, out var number) && number == pid;
            plain.Append(isPid || digits.Length >= GeneratedDigits ? "N" : digits);
            i = end;
        }

        return plain.ToString();
    }
}
