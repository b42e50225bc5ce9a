using Toka.Protocols.Exposition;

namespace Toka.Web.Push;

/// <summary>What pushed expositions may ask for. Immutable.</summary>
public sealed record PushLimits
{
    /// <summary>The limits that hold where none are given.</summary>
    public static PushLimits Default { get; } = new();

    /// <summary>Bytes of a body, unpacked. Default 16 MiB: some 100,000 series.</summary>
    public int RequestBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>What one line, or one metric of the protobuf format, may have.</summary>
    public ExpositionLimits Exposition { get; init; } = ExpositionLimits.Default;

    /// <summary>
    /// Groups whose series are remembered. Default 10,000. The series of further groups get no stale markers when they are replaced
    /// or deleted; they end by themselves, as all that is pushed does, when queries no longer look back to them.
    /// </summary>
    public int GroupsMax { get; init; } = 10_000;

    /// <summary>Series of all groups together that are remembered. Default 200,000, some 60 MB.</summary>
    public int GroupSeriesMax { get; init; } = 200_000;

    /// <summary>
    /// How long a group without a push is remembered. Default 1 h: a stale marker matters while queries still see the last
    /// sample, which is 5 min unless the query says otherwise.
    /// </summary>
    public TimeSpan GroupKeep { get; init; } = TimeSpan.FromHours(1);
}
