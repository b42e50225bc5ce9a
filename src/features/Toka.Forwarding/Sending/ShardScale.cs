using Toka.Forwarding.Options;

namespace Toka.Forwarding.Sending;

/// <summary>
/// Decides how many shards a remote needs: as many as the time that its answers take asks for, to send what comes and to
/// catch up on what waits. After Prometheus's rule, in our own figures. Not thread-safe.
/// </summary>
internal sealed class ShardScale(QueueOptions options)
{
    /// <summary>How much a new measurement counts against those before.</summary>
    private const double Weight = 0.2;

    /// <summary>So much of what waits is to be caught up in a second.</summary>
    private const double CatchUp = 0.05;

    /// <summary>A change by less than this part is not worth the emptying of all shards.</summary>
    private const double Tolerance = 0.3;

    private double _inRate = double.NaN;
    private double _sentRate;
    private double _busyRate;

    /// <summary>Looks at what happened since the last look.</summary>
    /// <param name="seconds">How long that was.</param>
    /// <param name="taken">Entries that came in.</param>
    /// <param name="sent">Entries that were sent.</param>
    /// <param name="busy">Seconds that all shards together waited for answers.</param>
    /// <param name="pending">Entries that wait now.</param>
    /// <param name="shards">How many there are.</param>
    /// <returns>How many there should be.</returns>
    public int Next(double seconds, long taken, long sent, double busy, long pending, int shards)
    {
        if (seconds <= 0)
        {
            return shards;
        }

        var weight = double.IsNaN(_inRate) ? 1 : Weight;
        _inRate = Blend(double.IsNaN(_inRate) ? 0 : _inRate, taken / seconds, weight);
        _sentRate = Blend(_sentRate, sent / seconds, weight);
        _busyRate = Blend(_busyRate, busy / seconds, weight);
        if (sent == 0 || _sentRate <= 0)
        {
            // A remote that takes nothing is not helped by more requests.
            return shards;
        }

        var wanted = _busyRate / _sentRate * (_inRate + (CatchUp * pending));
        if (wanted > shards * (1 - Tolerance) && wanted < shards * (1 + Tolerance))
        {
            return shards;
        }

        return Math.Clamp((int)Math.Ceiling(Math.Min(wanted, options.MaxShards)), options.MinShards, options.MaxShards);
    }

    private static double Blend(double before, double now, double weight) => (weight * now) + ((1 - weight) * before);
}
