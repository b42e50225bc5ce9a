namespace Toka.Query.PromQL.Execution;

/// <summary>A sum with the error of each addition carried along.</summary>
/// <remarks>
/// Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974), in the
/// variant of Prometheus: an infinite sum has no error.
/// </remarks>
internal struct KahanSum(double start)
{
    private double _sum = start;
    private double _error;

    public readonly double Total => double.IsInfinity(_sum) ? _sum : _sum + _error;

    public static void Add(double value, ref double sum, ref double error)
    {
        var total = sum + value;
        if (double.IsInfinity(total))
        {
            error = 0;
        }
        else
        {
            error += Math.Abs(sum) >= Math.Abs(value) ? sum - total + value : value - total + sum;
        }

        sum = total;
    }

    public void Add(double value) => Add(value, ref _sum, ref _error);
}

/// <summary>A mean that adds up exactly as long as the sum is finite, and then goes on mean by mean.</summary>
/// <remarks>Source: Prometheus 3, <c>avg</c> and <c>avg_over_time</c>.</remarks>
internal struct RunningMean
{
    private double _sum;
    private double _mean;
    private double _error;
    private bool _isIncremental;

    public long Count { get; private set; }

    public readonly double Value => _isIncremental ? _mean + _error : (_sum / Count) + (_error / Count);

    public void Add(double value)
    {
        Count++;
        if (Count == 1)
        {
            _sum = value;
            return;
        }

        if (!_isIncremental)
        {
            var (sum, error) = (_sum, _error);
            KahanSum.Add(value, ref sum, ref error);
            if (!double.IsInfinity(sum))
            {
                (_sum, _error) = (sum, error);
                return;
            }

            _isIncremental = true;
            _mean = _sum / (Count - 1);
            _error /= Count - 1;
        }

        var weight = (Count - 1) / (double)Count;
        _mean *= weight;
        _error *= weight;
        KahanSum.Add(value / Count, ref _mean, ref _error);
    }
}
