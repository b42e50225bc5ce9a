namespace Toka.Events.Writing;

/// <summary>How much each service may send: a bucket that fills steadily and holds ten seconds' worth. Thread-safe.</summary>
/// <param name="ratePerSecond">How many a second.</param>
/// <param name="clock">The clock.</param>
internal sealed class ServiceQuotas(double ratePerSecond, TimeProvider clock)
{
    private const double SecondsHeld = 10;

    // Names come from senders: beyond so many, buckets that are full again are forgotten, and then new names share one.
    private const int ServicesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = [];
    private readonly Bucket _rest = new() { Left = Math.Max(1, ratePerSecond * SecondsHeld) };

    /// <summary>What a bucket holds: at least one, so that a quota below one in ten seconds lets some through.</summary>
    private readonly double _held = Math.Max(1, ratePerSecond * SecondsHeld);

    /// <summary>Whether a service may send one more.</summary>
    public bool TryTake(string service)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            var bucket = BucketOf(service, now);
            Fill(bucket, now);
            if (bucket.Left < 1)
            {
                return false;
            }

            bucket.Left--;
            return true;
        }
    }

    private Bucket BucketOf(string service, long now)
    {
        if (_buckets.TryGetValue(service, out var bucket))
        {
            return bucket;
        }

        if (_buckets.Count >= ServicesMax)
        {
            ForgetFull(now);
            if (_buckets.Count >= ServicesMax)
            {
                return _rest;
            }
        }

        return _buckets[service] = new Bucket { Left = _held, FilledAt = now };
    }

    private void ForgetFull(long now)
    {
        foreach (var (name, bucket) in _buckets)
        {
            Fill(bucket, now);
            if (bucket.Left >= _held)
            {
                _buckets.Remove(name);
            }
        }
    }

    private void Fill(Bucket bucket, long now)
    {
        bucket.Left = Math.Min(_held, bucket.Left + (clock.GetElapsedTime(bucket.FilledAt, now).TotalSeconds * ratePerSecond));
        bucket.FilledAt = now;
    }

    private sealed class Bucket
    {
        public double Left { get; set; }

        public long FilledAt { get; set; }
    }
}
