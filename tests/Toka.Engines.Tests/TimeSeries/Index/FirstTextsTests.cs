using System.Text;
using CsCheck;
using Toka.TimeSeries.Index;

namespace Toka.Engines.Tests.TimeSeries.Index;

public sealed class FirstTextsTests
{
    [Fact]
    public void The_first_texts_are_those_of_sorting_everything() =>
        Gen.Select(Gen.Int[0, 6000].Array[0, 5000], Gen.Int[0, 40]).Sample(static (numbers, limit) =>
        {
            var first = new FirstTexts(limit);
            foreach (var number in numbers)
            {
                first.Add(Encoding.UTF8.GetBytes($"{number}"));
            }

            var all = numbers.Distinct().Select(static n => $"{n}").Order(StringComparer.Ordinal);
            Assert.Equal(limit == 0 ? all : all.Take(limit), first.ToList());
        }, iter: 200);

    [Fact]
    public void The_order_is_that_of_bytes_where_that_of_characters_is_another()
    {
        var first = new FirstTexts(0);
        first.Add("\U0001F600"u8); // As UTF-16 it begins with a lower unit than the other.
        first.Add("\uFF5E"u8);
        Assert.Equal(["\uFF5E", "\U0001F600"], first.ToList());
    }

    [Fact]
    public void Who_comes_after_enough_others_is_not_taken()
    {
        var first = new FirstTexts(2);
        for (var i = 0; i < 5000; i++)
        {
            first.Add(Encoding.UTF8.GetBytes($"{i:D5}"));
        }

        Assert.False(first.Add("00002"u8));
        Assert.True(first.Add("000005"u8));
        Assert.Equal(["00000", "000005"], first.ToList());
    }
}
