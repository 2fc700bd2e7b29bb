"""What a case gives away: report, pictures, files for other programs, under its consent."""
