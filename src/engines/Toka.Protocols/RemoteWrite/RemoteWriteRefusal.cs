using Toka.Core.Samples;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Why something of a request was refused.</summary>
internal enum RemoteWriteRefusal
{
    None,
    NoName,
    BadLabelName,
    DuplicateLabel,
    BadUtf8,
    BadReference,
    BadHistogram,
    StartAfterTime,
    LabelsLimit,
    NameBytesLimit,
    LabelValueBytesLimit,
    ExemplarBytesLimit,
    MetadataLimit,
    MetadataBytesLimit,
    SeriesLimit,
    SamplesLimit,
    LabelBytesLimit,
}

/// <summary>The reasons' names, as in <c>toka_dropped_total{reason}</c>, and their sentences.</summary>
internal static class RemoteWriteRefusals
{
    public const int Count = (int)RemoteWriteRefusal.LabelBytesLimit + 1;

    public static string Name(RemoteWriteRefusal refusal) => refusal switch
    {
        RemoteWriteRefusal.NoName => "no_name",
        RemoteWriteRefusal.BadLabelName => "bad_label_name",
        RemoteWriteRefusal.DuplicateLabel => "duplicate_label",
        RemoteWriteRefusal.BadUtf8 => "bad_utf8",
        RemoteWriteRefusal.BadReference => "bad_reference",
        RemoteWriteRefusal.BadHistogram => "bad_histogram",
        RemoteWriteRefusal.StartAfterTime => "start_after_time",
        RemoteWriteRefusal.LabelsLimit => "labels_limit",
        RemoteWriteRefusal.NameBytesLimit => "name_bytes_limit",
        RemoteWriteRefusal.LabelValueBytesLimit => "label_value_bytes_limit",
        RemoteWriteRefusal.ExemplarBytesLimit => "exemplar_bytes_limit",
        RemoteWriteRefusal.MetadataLimit => "metadata_limit",
        RemoteWriteRefusal.MetadataBytesLimit => "metadata_bytes_limit",
        RemoteWriteRefusal.SeriesLimit => "request_series_limit",
        RemoteWriteRefusal.SamplesLimit => "samples_limit",
        RemoteWriteRefusal.LabelBytesLimit => "label_bytes_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    /// <summary>What was wrong and what to do, without naming the series.</summary>
    public static string Sentence(RemoteWriteRefusal refusal, HistogramFault fault, RemoteWriteLimits limits) => refusal switch
    {
        RemoteWriteRefusal.NoName => "the label __name__ is missing or empty",
        RemoteWriteRefusal.BadLabelName => "a label has an empty name",
        RemoteWriteRefusal.DuplicateLabel => "a label is there twice",
        RemoteWriteRefusal.BadUtf8 => "a name or value is not valid UTF-8",
        RemoteWriteRefusal.BadReference => "label references must be pairs of numbers within the symbols of the request",
        RemoteWriteRefusal.BadHistogram => "a native histogram is not valid: " + HistogramRule.Sentence(fault),
        RemoteWriteRefusal.StartAfterTime => "the counter began after its sample; is the sender's clock right?",
        RemoteWriteRefusal.LabelsLimit => $"more than {limits.LabelsMax} labels (LabelsMax)",
        RemoteWriteRefusal.NameBytesLimit => $"a name is longer than {limits.NameBytesMax} bytes (NameBytesMax)",
        RemoteWriteRefusal.LabelValueBytesLimit => $"a label's value is longer than {limits.LabelValueBytesMax} bytes (LabelValueBytesMax)",
        RemoteWriteRefusal.ExemplarBytesLimit => $"an exemplar's labels take more than {limits.ExemplarLabelBytesMax} bytes (ExemplarLabelBytesMax)",
        RemoteWriteRefusal.MetadataLimit => $"more than {limits.MetadataPerRequestMax} families are described in one request (MetadataPerRequestMax)",
        RemoteWriteRefusal.MetadataBytesLimit => $"a family's name, help and unit take more than {limits.MetadataBytesMax} bytes (MetadataBytesMax)",
        RemoteWriteRefusal.SeriesLimit => $"more than {limits.SeriesPerRequestMax} series in one request (SeriesPerRequestMax); send smaller requests",
        RemoteWriteRefusal.SamplesLimit => $"more than {limits.SamplesPerRequestMax} samples in one request (SamplesPerRequestMax); send smaller requests",
        RemoteWriteRefusal.LabelBytesLimit => $"the request expands to more than {limits.LabelBytesPerRequestMax} bytes of labels (LabelBytesPerRequestMax); send smaller requests",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
