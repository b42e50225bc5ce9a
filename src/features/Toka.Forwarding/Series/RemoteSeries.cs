using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Forwarding.Buffer;

namespace Toka.Forwarding.Series;

/// <summary>A series as one remote gets it: relabelled once, and kept as long as it comes.</summary>
internal sealed class RemoteSeries(LabelSet source, LabelSet? sent)
{
    /// <summary>Its labels as they were taken.</summary>
    public LabelSet Source => source;

    /// <summary>Its labels as they are sent; null where it is left out.</summary>
    public LabelSet? Sent => sent;

    /// <summary>Why it is left out.</summary>
    public string DropReason { get; init; } = "relabelled";

    /// <summary>When its counter began, as was said last, ms since the Unix epoch; 0 where that was not said. The reader's alone.</summary>
    public long CreatedMs { get; set; }

    /// <summary>Who was told what is known of its family. This and what follows is its sender's alone.</summary>
    public object? DescribedTo { get; set; }

    /// <summary>When that was, ms since the Unix epoch.</summary>
    public long DescribedMs { get; set; }

    /// <summary>The request in which <see cref="Slot"/> is its place.</summary>
    public long Request { get; set; }

    /// <summary>Its place in the request.</summary>
    public int Slot { get; set; }
}

/// <summary>One entry on its way: a sample, a native histogram or an exemplar.</summary>
/// <param name="Series">The series.</param>
/// <param name="TimeMs">Milliseconds since the Unix epoch.</param>
/// <param name="Value">The value; of a histogram nothing.</param>
/// <param name="CreatedMs">When the counter began, ms since the Unix epoch; 0 where that was not said.</param>
/// <param name="Other">A <see cref="NativeHistogram"/>, or an exemplar's <see cref="LabelSet"/>; null for a sample.</param>
internal readonly record struct ForwardItem(RemoteSeries Series, long TimeMs, double Value, long CreatedMs, object? Other)
{
    /// <summary>The record that it came with.</summary>
    public QueueTicket? Ticket { get; init; }
}
