namespace Toka.Monitoring.Collection;

/// <summary>
/// A collector of what hardly changes: it looks every <see cref="HostMonitorOptions.SlowInterval"/> and hands over the last
/// values in between, so that its series go on at every tick.
/// </summary>
internal abstract class SlowCollector : ICollector
{
    private readonly List<(Series Series, double Value)> _values = [];

    public abstract string Name { get; }

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (context.IsSlow)
        {
            _values.Clear();
            Look();
        }

        foreach (var (series, value) in _values)
        {
            sink.Add(series, value);
        }
    }

    /// <summary>Reads anew and keeps what it finds.</summary>
    protected abstract void Look();

    /// <summary>Keeps a value until the next look.</summary>
    protected void Keep(Series series, double value) => _values.Add((series, value));
}
