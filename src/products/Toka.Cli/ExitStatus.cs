namespace Toka.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitStatus
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The check that was asked for did not hold.</summary>
    public const int CheckFailed = 1;

    /// <summary>Wrong usage or bad input; one line a fault on stderr.</summary>
    public const int BadInput = 2;

    /// <summary>A fault of toka's own.</summary>
    public const int OwnFault = 3;
}
