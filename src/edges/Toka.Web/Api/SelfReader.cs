namespace Toka.Web.Api;

/// <summary>Reads what Toka costs: CPU and memory from the kernel, the rest from its own metrics. Called by one at a time.</summary>
internal sealed class SelfReader(TokaWebServices services)
{
    private long _lastTimestamp = services.Time.GetTimestamp();
    private TimeSpan _lastCpu = System.Environment.CpuUsage.TotalTime;
    private double _lastSamples = double.NaN;

    /// <summary>The facts; CPU and samples are rates since the call before.</summary>
    public SelfFacts Read()
    {
        double series = 0, samples = 0, dropped = 0, wal = 0;
        foreach (var (labels, value) in services.Self.Read())
        {
            labels.TryGet("__name__"u8, out var name);
            series += name.SequenceEqual("toka_store_series"u8) ? value : 0;
            samples += name.SequenceEqual("toka_store_samples_total"u8) ? value : 0;
            dropped += name.SequenceEqual("toka_dropped_total"u8) ? value : 0;
            wal += name.SequenceEqual("toka_wal_bytes"u8) ? value : 0;
        }

        var now = services.Time.GetTimestamp();
        var cpu = System.Environment.CpuUsage.TotalTime;
        var seconds = services.Time.GetElapsedTime(_lastTimestamp, now).TotalSeconds;
        var facts = new SelfFacts(
            seconds > 0 ? (cpu - _lastCpu).TotalSeconds / seconds : double.NaN,
            System.Environment.WorkingSet,
            series,
            seconds > 0 ? (samples - _lastSamples) / seconds : double.NaN,
            dropped,
            wal);
        (_lastTimestamp, _lastCpu, _lastSamples) = (now, cpu, samples);
        return facts;
    }
}
