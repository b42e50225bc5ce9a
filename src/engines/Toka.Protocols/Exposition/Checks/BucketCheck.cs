using System.Globalization;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>The buckets, the sum and the count of one classic histogram at one time, and whether they fit each other.</summary>
internal sealed class BucketCheck(int line)
{
    private double _bound = double.NegativeInfinity;
    private double _lastCount;
    private double? _infinity;
    private double? _sum;
    private double? _count;
    private bool _hasBuckets;
    private bool _hasNegativeBound;
    private int _line = line;

    /// <summary>Adds a bucket.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public string? AddBucket(double bound, double count, int at)
    {
        _line = at;
        var fault = !_hasBuckets ? null
            : bound <= _bound ? $"the bucket le=\"{Text(bound)}\" comes after le=\"{Text(_bound)}\"; write buckets in rising order, each once"
            : count < _lastCount ? $"the bucket le=\"{Text(bound)}\" counts {Text(count)}, less than the {Text(_lastCount)} of the bucket before; buckets count everything below their bound"
            : null;
        (_hasBuckets, _bound, _lastCount) = (true, bound, count);
        _hasNegativeBound |= bound < 0;
        _infinity = double.IsPositiveInfinity(bound) ? count : _infinity;
        return fault;
    }

    public void AddSum(double sum, int at) => (_sum, _line) = (sum, at);

    public void AddCount(double count, int at) => (_count, _line) = (count, at);

    /// <summary>What is wrong with all of it; null where nothing is.</summary>
    /// <param name="isGauge">Whether it is a gauge histogram.</param>
    /// <param name="isStrict">Whether OpenMetrics' rules hold, which text 0.0.4 does not have.</param>
    public (int Line, string Message)? Finish(bool isGauge, bool isStrict)
    {
        var (sum, count) = isGauge ? ("_gsum", "_gcount") : ("_sum", "_count");
        var fault = _infinity is null ? "the histogram has no bucket le=\"+Inf\"; write one, which counts everything"
            : _count is { } all && all != _infinity ? $"the histogram's {count} is {Text(all)} and its bucket le=\"+Inf\" {Text(_infinity.Value)}; they are the same"
            : _sum is null != _count is null && isStrict ? $"the histogram has {(_sum is null ? count : sum)} without {(_sum is null ? sum : count)}; write both or neither"
            : _sum is not null && _hasNegativeBound && !isGauge && isStrict ? $"the histogram has buckets below zero and {sum}, which could fall; leave {sum} and {count} out"
            : _sum < 0 && !_hasNegativeBound && isStrict ? $"the histogram's {sum} is negative and no bucket lies below zero"
            : null;
        return fault is null ? null : (_line, fault);
    }

    private static string Text(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
