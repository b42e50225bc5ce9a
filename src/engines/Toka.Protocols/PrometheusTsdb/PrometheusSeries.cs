using Toka.Core.Labels;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>A series of a block: its labels, and where its samples lie. Reused for one series after the other; not thread-safe.</summary>
public sealed class PrometheusSeries
{
    private readonly List<PrometheusChunk> _chunks = [];

    /// <summary>The labels.</summary>
    public LabelSetBuilder Labels { get; } = new();

    /// <summary>The chunks, by time.</summary>
    public IReadOnlyList<PrometheusChunk> Chunks => _chunks;

    /// <summary>What the block calls the series; tombstones name it so.</summary>
    internal ulong Reference { get; private set; }

    internal void Begin(ulong reference)
    {
        Reference = reference;
        Labels.Clear();
        _chunks.Clear();
    }

    internal void Add(in PrometheusChunk chunk) => _chunks.Add(chunk);
}

/// <summary>Where some samples of a series lie.</summary>
/// <param name="Reference">The segment (upper 32 bits, from 0) and the offset in it.</param>
/// <param name="MinMs">The time of the first sample, ms since the Unix epoch.</param>
/// <param name="MaxMs">The time of the last sample.</param>
public readonly record struct PrometheusChunk(ulong Reference, long MinMs, long MaxMs);
