namespace Toka.Web.Prometheus;

/// <summary>What the server says about itself to clients of Prometheus's API. Thread-safe.</summary>
public interface IServerFacts
{
    /// <summary>The configuration file's path; empty where there is none. The rules are said to come from it.</summary>
    string ConfigurationFile { get; }

    /// <summary>The options in force by the names of Prometheus's flags and of Toka's own, as text.</summary>
    IReadOnlyDictionary<string, string> Flags { get; }

    /// <summary>How the process stands now.</summary>
    RuntimeFacts Runtime { get; }

    /// <summary>How the store stands now.</summary>
    StoreFacts Store { get; }
}

/// <summary>How the process stands.</summary>
/// <param name="WorkingDirectory">Its working directory.</param>
/// <param name="ReloadSucceeded">Whether the last reading of the configuration succeeded.</param>
/// <param name="LastReloadMs">When the configuration in force was read, ms since the Unix epoch.</param>
/// <param name="MemoryLimitBytes">What the process may take.</param>
/// <param name="Retention">How long samples are kept, in words such as <c>15d</c>.</param>
public sealed record RuntimeFacts(string WorkingDirectory, bool ReloadSucceeded, long LastReloadMs, long MemoryLimitBytes, string Retention);

/// <summary>How the store stands.</summary>
/// <param name="DamagedBlocks">Blocks with damage, those set aside included.</param>
/// <param name="ReplayedPercent">How much of the log has been read since the start; 100 once all has.</param>
public sealed record StoreFacts(int DamagedBlocks, int ReplayedPercent);
