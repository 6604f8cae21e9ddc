@problemName x
@timeStamps false
@classLabel true a b
@data
1,2,3:4,5,?:a
2,3,4:5,6,7:b
