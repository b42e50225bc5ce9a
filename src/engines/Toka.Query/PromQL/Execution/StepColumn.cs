using System.Buffers;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// One series over a grid: at each step a number, a native histogram, or nothing. Numbers lie in one array with
/// <see cref="Absent"/> where there is none, so that code for numbers never looks at histograms; these have an array of their
/// own from the first one on. Pooled; one thread at a time.
/// </summary>
internal sealed class StepColumn : IDisposable
{
    private double[] _floats;
    private NativeHistogram?[] _histograms = [];

    /// <summary>A column; what its floats are is undefined.</summary>
    public StepColumn(int length)
    {
        Length = length;
        _floats = ArrayPool<double>.Shared.Rent(length);
    }

    /// <summary>The number of steps.</summary>
    public int Length { get; private set; }

    /// <summary>The numbers; <see cref="Absent.Value"/> at steps that have none.</summary>
    public Span<double> Floats => _floats.AsSpan(0, Length);

    /// <summary>Whether any step has, or had, a histogram.</summary>
    public bool HasHistograms { get; private set; }

    /// <summary>The histograms, null at steps that have none; empty while <see cref="HasHistograms"/> is false.</summary>
    public ReadOnlySpan<NativeHistogram?> Histograms => HasHistograms ? _histograms.AsSpan(0, Length) : [];

    /// <summary>The histogram of a step, or null.</summary>
    public NativeHistogram? HistogramAt(int step) => HasHistograms ? _histograms[step] : null;

    /// <summary>Whether a step has neither a number nor a histogram.</summary>
    public bool IsAbsent(int step) => Absent.Is(_floats[step]) && (!HasHistograms || _histograms[step] is null);

    /// <summary>Sets a step's histogram; its number goes.</summary>
    public void SetHistogram(int step, NativeHistogram histogram)
    {
        if (!HasHistograms)
        {
            BeginHistograms();
        }

        _histograms[step] = histogram;
        _floats[step] = Absent.Value;
    }

    /// <summary>Sets a step's number; its histogram goes.</summary>
    public void SetFloat(int step, double value)
    {
        _floats[step] = value;
        if (HasHistograms)
        {
            _histograms[step] = null;
        }
    }

    /// <summary>Leaves a step empty.</summary>
    public void Remove(int step) => SetFloat(step, Absent.Value);

    /// <summary>Forgets all histograms. The numbers stay as they are.</summary>
    public void DropHistograms() => HasHistograms = false;

    /// <summary>Leaves all steps empty.</summary>
    public void Clear()
    {
        HasHistograms = false;
        Floats.Fill(Absent.Value);
    }

    /// <summary>Takes another column's content; it must be as long.</summary>
    public void CopyFrom(StepColumn other)
    {
        other.Floats.CopyTo(Floats);
        HasHistograms = false;
        if (other.HasHistograms)
        {
            BeginHistograms();
            other.Histograms.CopyTo(_histograms);
        }
    }

    /// <summary>Takes one step's content of another column.</summary>
    public void CopyFrom(StepColumn other, int step)
    {
        if (other.HistogramAt(step) is { } histogram)
        {
            SetHistogram(step, histogram);
        }
        else
        {
            SetFloat(step, other._floats[step]);
        }
    }

    /// <summary>Makes the first step's content that of all.</summary>
    public void Repeat()
    {
        if (Length < 2)
        {
            return;
        }

        Floats[1..].Fill(_floats[0]);
        if (HasHistograms)
        {
            _histograms.AsSpan(1, Length - 1).Fill(_histograms[0]);
        }
    }

    /// <summary>Gives the column another length; its content is undefined then.</summary>
    public void Resize(int length)
    {
        HasHistograms = false;
        Length = length;
        if (_floats.Length < length)
        {
            ArrayPool<double>.Shared.Return(_floats);
            _floats = ArrayPool<double>.Shared.Rent(length);
        }
    }

    /// <summary>Gives the arrays back to the pool.</summary>
    public void Dispose()
    {
        if (_floats.Length > 0)
        {
            ArrayPool<double>.Shared.Return(_floats);
            _floats = [];
        }

        if (_histograms.Length > 0)
        {
            ArrayPool<NativeHistogram?>.Shared.Return(_histograms, clearArray: true);
            _histograms = [];
        }

        (Length, HasHistograms) = (0, false);
    }

    private void BeginHistograms()
    {
        if (_histograms.Length < Length)
        {
            if (_histograms.Length > 0)
            {
                ArrayPool<NativeHistogram?>.Shared.Return(_histograms, clearArray: true);
            }

            _histograms = ArrayPool<NativeHistogram?>.Shared.Rent(Length);
        }

        _histograms.AsSpan(0, Length).Clear();
        HasHistograms = true;
    }
}
