namespace Toka.Protocols.Exposition.Checks;

/// <summary>One thing that a check of an exposition found.</summary>
/// <param name="Line">The line, from 1; in the protobuf format the message, from 1.</param>
/// <param name="Column">The character of the line, from 1; in the protobuf format the byte of the body, from 1.</param>
/// <param name="Message">What is wrong and what to do, or of a lint the reason.</param>
/// <param name="IsLint">Whether it breaks no rule of the format, only good practice.</param>
public readonly record struct ExpositionFinding(int Line, int Column, string Message, bool IsLint);

/// <summary>What a check of an exposition found. Made by one thread, then only read.</summary>
public sealed class ExpositionReport
{
    /// <summary>The most faults that are told, and the most lints: more are the sign of a mistaken file. All are counted.</summary>
    public const int FindingsMax = 1000;

    private readonly List<ExpositionFinding> _findings = [];

    /// <summary>What was found, by line.</summary>
    public IReadOnlyList<ExpositionFinding> Findings => _findings;

    /// <summary>Where the format's rules are broken.</summary>
    public int Faults { get; private set; }

    /// <summary>Where good practice is not kept.</summary>
    public int Lints { get; private set; }

    /// <summary>Metric families, each name once, good ones and others.</summary>
    public int Families { get; internal set; }

    /// <summary>Samples that could be read.</summary>
    public int Samples { get; internal set; }

    /// <summary>Whether it keeps every rule of its format.</summary>
    public bool IsValid => Faults == 0;

    internal void AddFault(int line, int column, string message)
    {
        if (Faults++ < FindingsMax)
        {
            _findings.Add(new ExpositionFinding(line, column, message, IsLint: false));
        }
    }

    internal void AddFault(in ExpositionFault fault) => AddFault(fault.Line, fault.Column, fault.Message);

    internal void AddLint(int line, string message)
    {
        if (Lints++ < FindingsMax)
        {
            _findings.Add(new ExpositionFinding(line, 1, message, IsLint: true));
        }
    }

    internal void Sort()
    {
        // A stable order: the list's own sort is not.
        var sorted = _findings.OrderBy(static finding => finding.Line).ThenBy(static finding => finding.Column).ToList();
        _findings.Clear();
        _findings.AddRange(sorted);
    }
}
