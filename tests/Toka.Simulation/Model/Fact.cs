namespace Toka.Simulation.Model;

/// <summary>How safe an acknowledged sample is.</summary>
internal enum Safety
{
    /// <summary>The kernel has it: the death of the process does not lose it.</summary>
    Written,

    /// <summary>It was synced: a power cut does not lose it.</summary>
    Synced,

    /// <summary>A sync of it failed: a power cut may lose it, whatever is synced later.</summary>
    AtRisk,
}

/// <summary>What is known of one series at one time.</summary>
internal sealed class Fact
{
    private readonly List<ulong> _sent = [];

    /// <summary>Whether the store answers with it now.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>The value that it answers with.</summary>
    public ulong Bits { get; private set; }

    public Safety Safety { get; set; }

    /// <summary>
    /// It may lie in a damaged block, or behind the summaries that stand in for one: an answer may lack it, or have a later value, where
    /// it says so. One that is not answered may be there all the same: it may be answered later, and a write for its time may meet it.
    /// </summary>
    public bool IsDoubtful { get; set; }

    /// <summary>Whether the store ever had it, as far as it said: only then can it lie where no answer finds it.</summary>
    public bool WasPresent { get; private set; }

    /// <summary>A value came to the store, whatever became of it.</summary>
    public void Send(ulong bits)
    {
        if (!_sent.Contains(bits))
        {
            _sent.Add(bits);
        }
    }

    /// <summary>Whether somebody ever sent this value for this time of this series.</summary>
    public bool WasSent(ulong bits) => _sent.Contains(bits);

    public void Set(ulong bits, Safety safety) => (IsPresent, WasPresent, Bits, Safety) = (true, true, bits, safety);

    /// <summary>The store no longer has to answer with it. Where it was in doubt whether it has it, it still is.</summary>
    public void Clear() => (IsPresent, Bits, Safety) = (false, 0, Safety.Written);
}
