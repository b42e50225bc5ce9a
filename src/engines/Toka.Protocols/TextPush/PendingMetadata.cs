using System.Text;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Exposition;

namespace Toka.Protocols.TextPush;

/// <summary>What lines say of one family, until they speak of another one. Not thread-safe.</summary>
internal sealed class PendingMetadata
{
    private string _family = "";
    private string _suffix = "";
    private string _help = "";
    private string _unit = "";
    private MetricType _type;

    public void Clear() => (_family, _suffix, _help, _unit, _type) = ("", "", "", "", MetricType.Unknown);

    /// <summary>A store knows families by the name of their samples, and those of some types have a suffix in OpenMetrics.</summary>
    public void Type(ReadOnlySpan<byte> family, ExpositionType type, bool isOpenMetrics, WriteBatch into)
    {
        Begin(family, into);
        _type = type.ToMetricType();
        _suffix = !isOpenMetrics ? "" : type switch
        {
            ExpositionType.Counter => "_total",
            ExpositionType.Info => "_info",
            _ => "",
        };
    }

    public void Help(ReadOnlySpan<byte> family, string help, WriteBatch into)
    {
        Begin(family, into);
        _help = help;
    }

    public void Unit(ReadOnlySpan<byte> family, ReadOnlySpan<byte> unit, WriteBatch into)
    {
        Begin(family, into);
        _unit = Encoding.UTF8.GetString(unit);
    }

    /// <summary>Adds what is known of the last family.</summary>
    public void Flush(WriteBatch into)
    {
        if (_family.Length > 0)
        {
            into.AddMetadata(new MetricMetadata(_family + _suffix, _type, _help, _unit));
        }

        Clear();
    }

    private void Begin(ReadOnlySpan<byte> family, WriteBatch into)
    {
        var name = Encoding.UTF8.GetString(family);
        if (name != _family)
        {
            Flush(into);
            _family = name;
        }
    }
}
