namespace Toka.Monitoring.Collection;

/// <summary>A series of the value 1 whose labels say something; it is built anew only when they change.</summary>
internal sealed class InfoSeries(SeriesFactory factory, MetricFamily family)
{
    private readonly List<(string Name, string Value)> _labels = [];
    private Series? _series;

    /// <summary>The series of these labels.</summary>
    public Series Of(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (_series is null || !labels.SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_labels)))
        {
            _labels.Clear();
            _labels.AddRange(labels);
            _series = factory.Create(family, labels);
        }

        return _series;
    }
}
