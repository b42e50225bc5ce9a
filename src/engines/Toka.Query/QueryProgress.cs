namespace Toka.Query;

/// <summary>How far a query has come: whoever gave it with the request can look at any time. Thread-safe.</summary>
public sealed class QueryProgress
{
    private long _series;
    private long _samples;
    private long _points;
    private long _peakPoints;
    private long _bytes;

    /// <summary>Series that its selectors found so far.</summary>
    public long Series => Interlocked.Read(ref _series);

    /// <summary>Samples decoded so far.</summary>
    public long Samples => Interlocked.Read(ref _samples);

    /// <summary>The most points held at once so far; a histogram counts as its buckets.</summary>
    public long PeakPoints => Interlocked.Read(ref _peakPoints);

    /// <summary>The bytes that it holds: columns, label sets, histograms, and the result as far as it is.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    internal void AddSeries(long count) => Interlocked.Add(ref _series, count);

    internal long AddSamples(long count)
    {
        // What one series was decoded into is held until the next one is.
        Raise(Interlocked.Read(ref _points) + count);
        return Interlocked.Add(ref _samples, count);
    }

    internal long AddPoints(long count)
    {
        var points = Interlocked.Add(ref _points, count);
        Raise(points);
        return points;
    }

    internal long AddBytes(long count) => Interlocked.Add(ref _bytes, count);

    private void Raise(long points)
    {
        var peak = Interlocked.Read(ref _peakPoints);
        while (points > peak)
        {
            var seen = Interlocked.CompareExchange(ref _peakPoints, points, peak);
            if (seen == peak)
            {
                return;
            }

            peak = seen;
        }
    }
}
