using Toka.Core.Labels;

namespace Toka.Protocols.RemoteRead;

/// <summary>How samples are wanted back. The numbers are on the wire.</summary>
public enum ReadResponseType
{
    /// <summary>All samples in one message, compressed as one Snappy block.</summary>
    Samples = 0,

    /// <summary>Frames of compressed chunks, a series after the other.</summary>
    StreamedXorChunks = 1,
}

/// <summary>A request of Prometheus's remote read protocol.</summary>
/// <param name="Queries">What is asked for; answered in this order.</param>
/// <param name="Accepted">The types of answer that the client takes, the one it likes best first; numbers that are not known stay in it.</param>
public sealed record ReadRequest(IReadOnlyList<ReadQuery> Queries, IReadOnlyList<ReadResponseType> Accepted)
{
    /// <summary>The first type that the client takes and we have; samples where it names none; null where we have none of them.</summary>
    public ReadResponseType? Negotiated => Accepted.Count == 0
        ? ReadResponseType.Samples
        : Accepted.Where(static type => type is ReadResponseType.Samples or ReadResponseType.StreamedXorChunks)
            .Select(static type => (ReadResponseType?)type).FirstOrDefault();
}

/// <summary>One query of a request.</summary>
/// <param name="FromMs">The first moment, ms since the Unix epoch, inclusive.</param>
/// <param name="ToMs">The last moment, inclusive.</param>
/// <param name="Matchers">All of these must match.</param>
public sealed record ReadQuery(long FromMs, long ToMs, IReadOnlyList<LabelMatcher> Matchers);
